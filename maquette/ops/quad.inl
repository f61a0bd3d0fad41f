// Four numbers at a time, for the bodies of isa.h: a vector where the compiler has them, else an array.
#if defined(__GNUC__) && !defined(__SANITIZE_ADDRESS__)
#define MAQUETTE_INLINE inline __attribute__((always_inline))  // sums stay in registers only so
#else
#define MAQUETTE_INLINE inline
#endif
#if defined(__GNUC__)
typedef double Quad __attribute__((vector_size(32)));
typedef float QuadF __attribute__((vector_size(16)));
typedef int64_t QuadMask __attribute__((vector_size(32)));
typedef int32_t QuadMaskF __attribute__((vector_size(16)));

#if defined(__clang__)
#define MAQUETTE_SHUFFLE4(Mask, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MAQUETTE_SHUFFLE4(Mask, a, b, ...) __builtin_shuffle(a, b, Mask{__VA_ARGS__})
#endif

inline Quad quad(double value) { return Quad{} + value; }
inline QuadF quad_f(float value) { return QuadF{} + value; }
inline Quad counting() { return Quad{0, 1, 2, 3}; }
inline Quad widen(QuadF v) { return __builtin_convertvector(v, Quad); }
// The lanes below `count`, and those where `by` is finite; else 0.
inline Quad below(int64_t count, Quad v) {
    const QuadMask lane{0, 1, 2, 3};
    return Quad(QuadMask(v) & (lane < count));
}
inline Quad where_finite(Quad by, Quad v) { return Quad(QuadMask(v) & (by - by == 0)); }
// v where pixel < count, else 0; without a branch, which no processor could predict.
inline QuadF where_below(int64_t pixel, int64_t count, QuadF v) {
    return QuadF(QuadMaskF(v) & -int32_t(pixel < count));
}
// Lane by lane the totals of a, b, c and d: (0 + 1) + (2 + 3) of each.
inline Quad totals(Quad a, Quad b, Quad c, Quad d) {
    const Quad ab = MAQUETTE_SHUFFLE4(QuadMask, a, b, 0, 4, 2, 6) + MAQUETTE_SHUFFLE4(QuadMask, a, b, 1, 5, 3, 7);
    const Quad cd = MAQUETTE_SHUFFLE4(QuadMask, c, d, 0, 4, 2, 6) + MAQUETTE_SHUFFLE4(QuadMask, c, d, 1, 5, 3, 7);
    return MAQUETTE_SHUFFLE4(QuadMask, ab, cd, 0, 1, 4, 5) + MAQUETTE_SHUFFLE4(QuadMask, ab, cd, 2, 3, 6, 7);
}
inline QuadF totals(QuadF a, QuadF b, QuadF c, QuadF d) {
    const QuadF ab = MAQUETTE_SHUFFLE4(QuadMaskF, a, b, 0, 4, 2, 6) + MAQUETTE_SHUFFLE4(QuadMaskF, a, b, 1, 5, 3, 7);
    const QuadF cd = MAQUETTE_SHUFFLE4(QuadMaskF, c, d, 0, 4, 2, 6) + MAQUETTE_SHUFFLE4(QuadMaskF, c, d, 1, 5, 3, 7);
    return MAQUETTE_SHUFFLE4(QuadMaskF, ab, cd, 0, 1, 4, 5) + MAQUETTE_SHUFFLE4(QuadMaskF, ab, cd, 2, 3, 6, 7);
}
inline void split(QuadF low, QuadF high, QuadF& even, QuadF& odd) {
    even = MAQUETTE_SHUFFLE4(QuadMaskF, low, high, 0, 2, 4, 6);
    odd = MAQUETTE_SHUFFLE4(QuadMaskF, low, high, 1, 3, 5, 7);
}
inline void merge(QuadF even, QuadF odd, QuadF& low, QuadF& high) {
    low = MAQUETTE_SHUFFLE4(QuadMaskF, even, odd, 0, 4, 1, 5);
    high = MAQUETTE_SHUFFLE4(QuadMaskF, even, odd, 2, 6, 3, 7);
}
#undef MAQUETTE_SHUFFLE4
#else
template <class Real>
struct Lanes {
    Real lane[4];
    Real operator[](int l) const { return lane[l]; }
    Real& operator[](int l) { return lane[l]; }
    template <class F>
    static Lanes of(F f) { return {{f(0), f(1), f(2), f(3)}}; }
    Lanes operator+(Lanes o) const { return of([&](int l) { return lane[l] + o.lane[l]; }); }
    Lanes operator-(Lanes o) const { return of([&](int l) { return lane[l] - o.lane[l]; }); }
    Lanes operator*(Lanes o) const { return of([&](int l) { return lane[l] * o.lane[l]; }); }
    Lanes operator/(Lanes o) const { return of([&](int l) { return lane[l] / o.lane[l]; }); }
};
typedef Lanes<double> Quad;
typedef Lanes<float> QuadF;
inline Quad quad(double value) { return {{value, value, value, value}}; }
inline QuadF quad_f(float value) { return {{value, value, value, value}}; }
inline Quad counting() { return {{0, 1, 2, 3}}; }
inline Quad widen(QuadF v) { return Quad::of([&](int l) { return double(v.lane[l]); }); }
inline Quad below(int64_t count, Quad v) { return Quad::of([&](int l) { return l < count ? v.lane[l] : 0.0; }); }
inline Quad where_finite(Quad by, Quad v) {
    return Quad::of([&](int l) { return by.lane[l] - by.lane[l] == 0 ? v.lane[l] : 0.0; });
}
inline QuadF where_below(int64_t pixel, int64_t count, QuadF v) { return pixel < count ? v : quad_f(0); }
template <class Real>
inline Lanes<Real> totals(Lanes<Real> a, Lanes<Real> b, Lanes<Real> c, Lanes<Real> d) {
    const Lanes<Real> all[4] = {a, b, c, d};
    return Lanes<Real>::of([&](int l) {
        return (all[l].lane[0] + all[l].lane[1]) + (all[l].lane[2] + all[l].lane[3]);
    });
}
inline void split(QuadF low, QuadF high, QuadF& even, QuadF& odd) {
    even = {{low[0], low[2], high[0], high[2]}}, odd = {{low[1], low[3], high[1], high[3]}};
}
inline void merge(QuadF even, QuadF odd, QuadF& low, QuadF& high) {
    low = {{even[0], odd[0], even[1], odd[1]}}, high = {{even[2], odd[2], even[3], odd[3]}};
}
#endif

template <class Vector, class Real>
inline Vector load(const Real* from) {
    Vector v;
    std::memcpy(&v, from, sizeof v);
    return v;
}
template <class Vector, class Real>
inline void store(Real* to, Vector v) {
    std::memcpy(to, &v, sizeof v);
}
