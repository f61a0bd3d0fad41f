// Eight samples at a time, along a block's last axis; sixteen, of two lines, where vectors are so wide. Compiled for
// several instruction sets (isa.h).
typedef float Floats __attribute__((vector_size(32)));
typedef int32_t Ints __attribute__((vector_size(32)));
#if defined(MAQUETTE_AVX512)
constexpr int kLanes = 16;
typedef float Wide __attribute__((vector_size(64)));
typedef int32_t WideInts __attribute__((vector_size(64)));
#else
constexpr int kLanes = 8;
typedef Floats Wide;
typedef Ints WideInts;
#endif

inline Floats all(float v) { return Floats{} + v; }
inline Wide wide(float v) { return Wide{} + v; }
template <class Mask, class Vector>
inline Vector choose(Mask mask, Vector a, Vector b) { return mask ? a : b; }
template <class Vector>
inline Vector smaller(Vector a, Vector b) { return a < b ? a : b; }
template <class Vector>
inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }
inline bool none(Ints mask) {
#if defined(MAQUETTE_AVX2)
    return _mm256_testz_si256((__m256i)mask, (__m256i)mask);
#else
    typedef int64_t Longs __attribute__((vector_size(32)));
    Longs m = (Longs)mask;
    return (m[0] | m[1] | m[2] | m[3]) == 0;
#endif
}
#if defined(MAQUETTE_AVX512)
inline bool none(WideInts mask) { return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) == 0; }
inline Wide gather(const float* base, WideInts at) { return (Wide)_mm512_i32gather_ps((__m512i)at, base, 4); }
#elif defined(MAQUETTE_AVX2)
inline Wide gather(const float* base, WideInts at) { return (Wide)_mm256_i32gather_ps(base, (__m256i)at, 4); }
#else
inline Wide gather(const float* base, WideInts at) {
    return Wide{base[at[0]], base[at[1]], base[at[2]], base[at[3]],
                base[at[4]], base[at[5]], base[at[6]], base[at[7]]};
}
#endif

inline float least(Floats v) {
    float f[8];
    std::memcpy(f, &v, sizeof f);
    return std::min(std::min(std::min(f[0], f[4]), std::min(f[1], f[5])),
                    std::min(std::min(f[2], f[6]), std::min(f[3], f[7])));
}

// Where the box from `first` to `last`, in world units, appears: bounds of pixel x, pixel y and depth. Whether all of
// it is ahead of the camera, and whether any is.
inline void box_bounds(const float* projection, const float first[3], const float last[3], bool perspective,
                       float low[3], float high[3], bool& wholly, bool& partly) {
    const Ints side[3] = {Ints{0, -1, 0, -1, 0, -1, 0, -1}, Ints{0, 0, -1, -1, 0, 0, -1, -1},
                          Ints{0, 0, 0, 0, -1, -1, -1, -1}};
    Floats at[3], q[3];
    for (int a = 0; a < 3; ++a) at[a] = choose(side[a], all(last[a]), all(first[a]));
    for (int r = 0; r < 3; ++r) {
        const float* m = projection + 4 * r;
        q[r] = all(m[0]) * at[0] + all(m[1]) * at[1] + all(m[2]) * at[2] + all(m[3]);
    }
    wholly = partly = true;
    if (perspective) {
        const Ints ahead = q[2] > all(2 * kNear);
        wholly = none(~ahead), partly = !none(ahead);
        q[0] /= q[2], q[1] /= q[2];
    }
    for (int r = 0; r < 3; ++r) low[r] = least(q[r]), high[r] = -least(-q[r]);
}

// What all views' words about a block come to: values within the truncation, and weights.
inline void finish(const BlockSums& sums, const FuseOptions& o, float* values, float* weights) {
    const Floats tau = all(o.truncation), zero = all(0.0f), one = all(1.0f);
    for (int line = 0; line < 64; ++line) {
        const Floats weight = ((const Floats*)sums.weight)[line], value = ((const Floats*)sums.value)[line];
        const Ints hidden = ((const Ints*)sums.hidden)[line], said = weight > zero;
        const Floats mean = smaller(larger(value / choose(said, weight, one), -tau), tau);
        const Floats unseen = choose(hidden >= Ints{} + int32_t(std::min<int64_t>(o.enough, 1 << 30)), -tau, tau);
        const Floats out = choose(said, mean, unseen);
        std::memcpy(values + 8 * line, &out, sizeof out);
        std::memcpy(weights + 8 * line, &weight, sizeof weight);
    }
}

// What one view says about the 8 x 8 x 8 samples of a block whose first lies at `first`.
inline void add_view(const DepthView& view, const FuseOptions& o, const float first[3], BlockSums& sums) {
    float places[kLanes], lines[kLanes];  // of each lane: along its line, and which line after the first
    for (int l = 0; l < kLanes; ++l) places[l] = float(l % 8), lines[l] = float(l / 8);
    Wide place, later;
    std::memcpy(&place, places, sizeof place);
    std::memcpy(&later, lines, sizeof later);
    const Wide zero = wide(0), one = wide(1), half = wide(0.5f);
    const Wide width = wide(float(view.width)), height = wide(float(view.height)), tau = wide(o.truncation);
    const Wide fading = wide(0.5f / o.truncation), hiding = wide(1 / o.truncation);
    const int32_t right = view.width > 1 ? 1 : 0, below = view.height > 1 ? int32_t(view.width) : 0;
    const WideInts last_x = WideInts{} + (view.width > 1 ? int32_t(view.width) - 2 : 0);
    const WideInts last_y = WideInts{} + (view.height > 1 ? int32_t(view.height) - 2 : 0);
    float base[3], step[3][3];
    for (int r = 0; r < 3; ++r) {
        const float* m = view.projection + 4 * r;
        base[r] = m[0] * first[0] + m[1] * first[1] + m[2] * first[2] + m[3];
        for (int a = 0; a < 3; ++a) step[r][a] = m[a] * o.spacing;
    }
    for (int line = 0; line < 64; line += kLanes / 8) {
        const float i = float(line >> 3);
        const Wide j = later + float(line & 7);
        Wide x = (base[0] + i * step[0][0]) + j * step[0][1] + place * step[0][2];
        Wide y = (base[1] + i * step[1][0]) + j * step[1][1] + place * step[1][2];
        Wide z = (base[2] + i * step[2][0]) + j * step[2][1] + place * step[2][2];
        WideInts framed = WideInts{} - 1;
        if (o.perspective) {
            framed = z > wide(1e-6f);
            const Wide inverse = one / choose(framed, z, one);
            x *= inverse, y *= inverse;
        }
        framed &= (x >= zero) & (x <= width) & (y >= zero) & (y <= height);
        if (none(framed)) continue;
        x = smaller(larger(choose(framed, x, zero) - half, zero), width - one);
        y = smaller(larger(choose(framed, y, zero) - half, zero), height - one);
        WideInts ix = __builtin_convertvector(x, WideInts), iy = __builtin_convertvector(y, WideInts);
        ix = smaller(ix, last_x), iy = smaller(iy, last_y);
        x -= __builtin_convertvector(ix, Wide), y -= __builtin_convertvector(iy, Wide);
        WideInts at = iy * int32_t(view.width) + ix;
        const Wide d00 = gather(view.depth, at), d01 = gather(view.depth + right, at);
        const Wide d10 = gather(view.depth + below, at), d11 = gather(view.depth + below + right, at);
        const WideInts second = x >= half, lower = y >= half;
        Wide depth = choose(lower, choose(second, d11, d10), choose(second, d01, d00));
        const Wide low = smaller(smaller(d00, d01), smaller(d10, d11)), high = larger(larger(d00, d01), larger(d10, d11));
        // Between pixels of one surface depth is interpolated; across a jump, or at its end, the nearest is taken.
        const WideInts smooth = (low > zero) & (high - low <= wide(o.jump));
        const Wide top = d00 + x * (d01 - d00), bottom = d10 + x * (d11 - d10);
        depth = choose(smooth, top + y * (bottom - top), depth);

        Wide front = depth - z, say = one;
        if (view.weights || view.cosines) at += (second & right) + (lower & below);
        if (view.cosines) front *= gather(view.cosines, at);
        if (view.weights) say = gather(view.weights, at);
        const WideInts seen = depth > zero;
        const Wide before = smaller(larger(1.5f - front * fading, wide(o.free)), one);
        const Wide behind = larger(one + front * hiding, zero);
        Wide share = choose(seen, choose(front < zero, behind, before), wide(o.background));
        const Wide value = choose(seen, larger(smaller(front, tau), -tau), tau);
        framed &= say > zero;
        share = choose(framed, share * say, zero);
        Wide* total = (Wide*)(sums.value + 8 * line);
        Wide* weight = (Wide*)(sums.weight + 8 * line);
        WideInts* hidden = (WideInts*)(sums.hidden + 8 * line);
        *total += share * value, *weight += share;
        *hidden -= framed & seen & (front <= -tau);  // a mask is -1
        if (!sums.attributes) continue;
        const WideInts near = framed & seen & (front > -tau) & (front < tau);
        if (none(near)) continue;
        at = iy * int32_t(view.width) + ix + (second & right) + (lower & below);
        for (int k = 0; k < kLanes; ++k) {
            if (!near[k]) continue;
            float* out = sums.attributes + (8 * line + k) * (o.channels + 1);
            const float* in = view.attributes + int64_t(at[k]) * o.channels;
            for (int64_t c = 0; c < o.channels; ++c) out[c] += share[k] * in[c];
            out[o.channels] += share[k];
        }
    }
}
