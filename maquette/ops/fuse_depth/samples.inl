// Eight samples at a time, along a block's last axis. Compiled for several instruction sets: includes nothing.
typedef float Floats __attribute__((vector_size(32)));
typedef int32_t Ints __attribute__((vector_size(32)));

inline Floats all(float v) { return Floats{v, v, v, v, v, v, v, v}; }
inline Ints all(int32_t v) { return Ints{v, v, v, v, v, v, v, v}; }
inline Floats choose(Ints mask, Floats a, Floats b) { return mask ? a : b; }
inline Ints choose(Ints mask, Ints a, Ints b) { return mask ? a : b; }
inline Floats smaller(Floats a, Floats b) { return a < b ? a : b; }
inline Floats larger(Floats a, Floats b) { return a > b ? a : b; }
inline bool none(Ints mask) {
    typedef int64_t Longs __attribute__((vector_size(32)));
    Longs m = (Longs)mask;
    return (m[0] | m[1] | m[2] | m[3]) == 0;
}
inline Floats gather(const float* base, Ints at) {
#if defined(__AVX2__) && !defined(__clang__)
    Ints every = all(int32_t(-1));
    return (Floats)__builtin_ia32_gathersiv8sf(all(0.0f), base, at, (Floats)every, 4);
#endif
    return Floats{base[at[0]], base[at[1]], base[at[2]], base[at[3]],
                  base[at[4]], base[at[5]], base[at[6]], base[at[7]]};
}

// What one view says about the 8 x 8 x 8 samples of a block whose first lies at `first`.
inline void add_view(const DepthView& view, const FuseOptions& o, const float first[3], BlockSums& sums) {
    const Floats lane = {0, 1, 2, 3, 4, 5, 6, 7};
    const Floats zero = all(0.0f), one = all(1.0f), half = all(0.5f);
    const float width = float(view.width), height = float(view.height), tau = o.truncation;
    const int32_t right = view.width > 1 ? 1 : 0, below = view.height > 1 ? int32_t(view.width) : 0;
    const int32_t last_x = view.width > 1 ? int32_t(view.width) - 2 : 0;
    const int32_t last_y = view.height > 1 ? int32_t(view.height) - 2 : 0;
    float base[3], step[3][3];
    for (int r = 0; r < 3; ++r) {
        const float* m = view.projection + 4 * r;
        base[r] = m[0] * first[0] + m[1] * first[1] + m[2] * first[2] + m[3];
        for (int a = 0; a < 3; ++a) step[r][a] = m[a] * o.spacing;
    }
    for (int line = 0; line < 64; ++line) {
        float i = float(line >> 3), j = float(line & 7);
        Floats x = all(base[0] + i * step[0][0] + j * step[0][1]) + lane * all(step[0][2]);
        Floats y = all(base[1] + i * step[1][0] + j * step[1][1]) + lane * all(step[1][2]);
        Floats z = all(base[2] + i * step[2][0] + j * step[2][1]) + lane * all(step[2][2]);
        Ints framed = all(int32_t(-1));
        if (o.perspective) {
            framed = z > all(1e-6f);
            Floats away = choose(framed, z, one);
            x = x / away, y = y / away;
        }
        framed &= (x >= zero) & (x <= all(width)) & (y >= zero) & (y <= all(height));
        if (none(framed)) continue;
        x = smaller(larger(choose(framed, x, zero) - half, zero), all(width - 1));
        y = smaller(larger(choose(framed, y, zero) - half, zero), all(height - 1));
        Ints ix = __builtin_convertvector(x, Ints), iy = __builtin_convertvector(y, Ints);
        ix = choose(ix > all(last_x), all(last_x), ix), iy = choose(iy > all(last_y), all(last_y), iy);
        x -= __builtin_convertvector(ix, Floats), y -= __builtin_convertvector(iy, Floats);
        Ints at = iy * all(int32_t(view.width)) + ix;
        Floats d00 = gather(view.depth, at), d01 = gather(view.depth + right, at);
        Floats d10 = gather(view.depth + below, at), d11 = gather(view.depth + below + right, at);
        Ints second = x >= half, lower = y >= half;
        Floats depth = choose(lower, choose(second, d11, d10), choose(second, d01, d00));
        Floats low = smaller(smaller(d00, d01), smaller(d10, d11)), high = larger(larger(d00, d01), larger(d10, d11));
        // Between pixels of one surface depth is interpolated; across a jump, or at its end, the nearest is taken.
        Ints smooth = (low > zero) & (high - low <= all(o.jump));
        Floats top = d00 + x * (d01 - d00), bottom = d10 + x * (d11 - d10);
        depth = choose(smooth, top + y * (bottom - top), depth);

        Floats front = depth - z, say = one;
        if (view.weights || view.cosines) at += (second & all(right)) + (lower & all(below));
        if (view.cosines) front *= gather(view.cosines, at);
        if (view.weights) say = gather(view.weights, at);
        Ints seen = depth > zero;
        Floats before = smaller(larger(all(1.5f) - front * all(0.5f / tau), all(o.free)), one);
        Floats behind = larger(one + front * all(1 / tau), zero);
        Floats share = choose(seen, choose(front < zero, behind, before), all(o.background));
        Floats value = choose(seen, larger(smaller(front, all(tau)), all(-tau)), all(tau));
        framed &= say > zero;
        share = choose(framed, share * say, zero);
        Floats* total = (Floats*)sums.value + line;
        Floats* weight = (Floats*)sums.weight + line;
        Ints* hidden = (Ints*)sums.hidden + line;
        *total += share * value, *weight += share;
        *hidden -= framed & seen & (front <= all(-tau));  // a mask is -1
        if (!sums.attributes) continue;
        Ints near = framed & seen & (front > all(-tau)) & (front < all(tau));
        if (none(near)) continue;
        at = iy * all(int32_t(view.width)) + ix + (second & all(right)) + (lower & all(below));
        for (int k = 0; k < 8; ++k) {
            if (!near[k]) continue;
            float* out = sums.attributes + (8 * line + k) * (o.channels + 1);
            const float* in = view.attributes + int64_t(at[k]) * o.channels;
            for (int64_t c = 0; c < o.channels; ++c) out[c] += share[k] * in[c];
            out[o.channels] += share[k];
        }
    }
}
