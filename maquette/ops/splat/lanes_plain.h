// Vectors of four floats in plain C++, for any compiler and machine.
constexpr int kLanes = 4;
struct F { float v[4]; };
struct M { bool v[4]; };

#define EACH for (int i = 0; i < 4; ++i)
MAQUETTE_INLINE F set(float x) { return {{x, x, x, x}}; }
MAQUETTE_INLINE F load(const float* p) { F r; EACH r.v[i] = p[i]; return r; }
MAQUETTE_INLINE void store(float* p, F a) { EACH p[i] = a.v[i]; }
// Lanes from `count` on repeat the last one.
MAQUETTE_INLINE F gather(const float* p, int stride, int count) {
    F r;
    EACH r.v[i] = p[int64_t(i < count ? i : count - 1) * stride];
    return r;
}
MAQUETTE_INLINE F operator+(F a, F b) { EACH a.v[i] += b.v[i]; return a; }
MAQUETTE_INLINE F operator-(F a, F b) { EACH a.v[i] -= b.v[i]; return a; }
MAQUETTE_INLINE F operator*(F a, F b) { EACH a.v[i] *= b.v[i]; return a; }
MAQUETTE_INLINE F operator/(F a, F b) { EACH a.v[i] /= b.v[i]; return a; }
MAQUETTE_INLINE F fma(F a, F b, F c) { return a * b + c; }
MAQUETTE_INLINE F fnma(F a, F b, F c) { return c - a * b; }
MAQUETTE_INLINE F min(F a, F b) { EACH a.v[i] = a.v[i] < b.v[i] ? a.v[i] : b.v[i]; return a; }
MAQUETTE_INLINE F max(F a, F b) { EACH a.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i]; return a; }
MAQUETTE_INLINE F sqrt(F a) { EACH a.v[i] = std::sqrt(a.v[i]); return a; }
MAQUETTE_INLINE F abs(F a) { EACH a.v[i] = std::fabs(a.v[i]); return a; }
MAQUETTE_INLINE M operator<(F a, F b) { M r; EACH r.v[i] = a.v[i] < b.v[i]; return r; }
MAQUETTE_INLINE M operator<=(F a, F b) { M r; EACH r.v[i] = a.v[i] <= b.v[i]; return r; }
MAQUETTE_INLINE M operator&(M a, M b) { EACH a.v[i] = a.v[i] && b.v[i]; return a; }
MAQUETTE_INLINE M operator|(M a, M b) { EACH a.v[i] = a.v[i] || b.v[i]; return a; }
MAQUETTE_INLINE M both_not(M a, M b) { EACH a.v[i] = a.v[i] && !b.v[i]; return a; }  // a and not b
MAQUETTE_INLINE bool any(M m) { return m.v[0] || m.v[1] || m.v[2] || m.v[3]; }
MAQUETTE_INLINE F select(M m, F a, F b) { EACH a.v[i] = m.v[i] ? a.v[i] : b.v[i]; return a; }
MAQUETTE_INLINE F only(M m, F a) { EACH a.v[i] = m.v[i] ? a.v[i] : 0.0f; return a; }
MAQUETTE_INLINE float sum(F a) { return (a.v[0] + a.v[1]) + (a.v[2] + a.v[3]); }
MAQUETTE_INLINE F reciprocal(F a) { return set(1.0f) / a; }
// The sums of eight vectors.
MAQUETTE_INLINE void sum_eight(const F* from, float* to) {
    for (int k = 0; k < 8; ++k) to[k] = sum(from[k]);
}
// p * 2^n for a whole n in [-126, 127].
MAQUETTE_INLINE F scaled(F p, F n) {
    EACH {
        int32_t bits = (int32_t(n.v[i]) + 127) * (1 << 23);
        float power;
        std::memcpy(&power, &bits, 4);
        p.v[i] *= power;
    }
    return p;
}
MAQUETTE_INLINE F rounded(F a) { EACH a.v[i] = std::nearbyint(a.v[i]); return a; }
#undef EACH
