// What a run of pixels along a row, all of one triangle, says of its corners: for the bodies of isa.h, after quad.inl.
// Pixels come four at a time, of which those from `count` on are not of the run.

// Of the corners' positions. The perspective-correct weights b of a pixel (x, y) solve sum b = 1, sum b (X - x W) = 0
// and sum b (Y - y W) = 0 over the triangle's corners. Differentiating both equations, with b0 = 1 - b1 - b2, gives the
// two by two system that is solved here, transposed, once a pixel.
class PositionSums {
   public:
    // corners: three vertices of positions, [vertices, 4].
    MAQUETTE_INLINE PositionSums(const double* positions, const int32_t* corners, double row) : row_(row) {
        const double *p = positions + 4 * int64_t(corners[0]), *q = positions + 4 * int64_t(corners[1]),
                     *r = positions + 4 * int64_t(corners[2]);
        // Along the row A = [[x10, x20], [y10, y20]] changes only through x: a column, then x times a slope.
        x10_ = q[0] - p[0], x20_ = r[0] - p[0], w10_ = q[3] - p[3], w20_ = r[3] - p[3];
        y10_ = quad(q[1] - p[1] - row * w10_), y20_ = quad(r[1] - p[1] - row * w20_);
        z10_ = quad(q[2] - p[2]), z20_ = quad(r[2] - p[2]);
    }

    // left: of the first pixel's centre; b1, b2: weights; g1, g2: their gradients; dz: the depth's, if kDepth.
    template <bool kDepth>
    MAQUETTE_INLINE void add(double left, Quad b1, Quad b2, Quad g1, Quad g2, Quad dz, int64_t count) {
        const Quad column = counting() + quad(left);
        const Quad x10 = quad(x10_) - column * quad(w10_), x20 = quad(x20_) - column * quad(w20_);
        const Quad inverse = quad(1) / (x10 * y20_ - x20 * y10_);
        if (kDepth) g1 = g1 + dz * z10_, g2 = g2 + dz * z20_;
        Quad h[4];
        h[0] = (g1 * y20_ - g2 * y10_) * inverse;
        h[1] = (g2 * x10 - g1 * x20) * inverse;
        h[3] = column * h[0] + quad(row_) * h[1];
        h[2] = dz;
        const Quad last = h[3];
        for (int j = 0; j < 4; ++j) {
            if (j == 2 && !kDepth) continue;
            h[j] = below(count, where_finite(last, h[j]));
            sum_[j] = sum_[j] + h[j];
            sum1_[j] = sum1_[j] + b1 * h[j];
            sum2_[j] = sum2_[j] + b2 * h[j];
        }
    }

    MAQUETTE_INLINE void scatter(double* target, const int32_t* corners) const {
        const double signs[4] = {-1, -1, 1, 1};
        const Quad sign = load<Quad>(signs);
        const Quad all = totals(sum_[0], sum_[1], sum_[2], sum_[3]) * sign;
        const Quad one = totals(sum1_[0], sum1_[1], sum1_[2], sum1_[3]) * sign;
        const Quad two = totals(sum2_[0], sum2_[1], sum2_[2], sum2_[3]) * sign;
        const Quad share[3] = {all - one - two, one, two};
        for (int k = 0; k < 3; ++k) {
            double* at = target + 4 * int64_t(corners[k]);
            store(at, load<Quad>(at) + share[k]);
        }
    }

   private:
    double row_, x10_, x20_, w10_, w20_;
    Quad y10_, y20_, z10_, z20_;
    Quad sum_[4] = {}, sum1_[4] = {}, sum2_[4] = {};  // of h as it is, and weighted with b1 and b2
};

// Numbers 4 v to 4 v + 3 of kChannels at a pixel or a vertex, those beyond the last 0.
template <int kChannels>
inline QuadF part(const float* from, int v) {
    if (4 * v + 4 <= kChannels) return load<QuadF>(from + 4 * v);
    float held[4] = {};
    for (int c = 0; c < 4 && 4 * v + c < kChannels; ++c) held[c] = from[4 * v + c];
    return load<QuadF>(held);
}

// What a triangle's corners carry, kChannels numbers each.
template <int kChannels>
class Corners {
   public:
    // corners: three vertices of values, [vertices, channels].
    Corners(const float* values, const int32_t* corners) {
        for (int v = 0; v < kVectors; ++v) {
            a0_[v] = part<kChannels>(values + int64_t(corners[0]) * kChannels, v);
            a1_[v] = part<kChannels>(values + int64_t(corners[1]) * kChannels, v);
            a2_[v] = part<kChannels>(values + int64_t(corners[2]) * kChannels, v);
        }
    }
    // Fills out, [channels], with their mean of weights 1 - b1 - b2, b1 and b2.
    void blend(float b1, float b2, float* out) const {
        const QuadF w0 = quad_f(1 - b1 - b2), w1 = quad_f(b1), w2 = quad_f(b2);
        for (int v = 0; v < kVectors; ++v) {
            const QuadF value = w0 * a0_[v] + w1 * a1_[v] + w2 * a2_[v];
            if (4 * v + 4 <= kChannels)
                store(out + 4 * v, value);
            else
                for (int c = 0; c < 4 && 4 * v + c < kChannels; ++c) out[4 * v + c] = value[c];
        }
    }

   private:
    static constexpr int kVectors = (kChannels + 3) / 4;
    QuadF a0_[kVectors], a1_[kVectors], a2_[kVectors];
};

// Of what the corners carry.
template <int kChannels>
class ValueSums {
   public:
    // corners: three vertices of values, [vertices, channels].
    MAQUETTE_INLINE ValueSums(const float* values, const int32_t* corners) {
        const float* a[3];
        for (int k = 0; k < 3; ++k) a[k] = values + int64_t(corners[k]) * kChannels;
        for (int v = 0; v < kVectors; ++v) {
            const QuadF first = part<kChannels>(a[0], v);
            a10_[v] = part<kChannels>(a[1], v) - first, a20_[v] = part<kChannels>(a[2], v) - first;
        }
    }

    // grad: of the values of the `left` pixels from here on, [left, channels], of which `count` are of the run; b1, b2: their weights.
    // g1, g2: receive the weights' gradients, of pixels outside the run anything.
    MAQUETTE_INLINE void add(const float* grad, int64_t left, QuadF b1, QuadF b2, int64_t count, QuadF& g1, QuadF& g2) {
        float held[4 * kChannels];
        if (left < 4) {  // the last of all
            std::fill(std::copy(grad, grad + left * kChannels, held), held + 4 * kChannels, 0.0f);
            grad = held;
        }
        QuadF by10[4], by20[4];
        for (int pixel = 0; pixel < 4; ++pixel) {
            by10[pixel] = by20[pixel] = quad_f(0);
            const QuadF own1 = quad_f(b1[pixel]), own2 = quad_f(b2[pixel]);
            for (int v = 0; v < kVectors; ++v) {
                const QuadF g = where_below(pixel, count, part<kChannels>(grad + pixel * kChannels, v));
                by10[pixel] = by10[pixel] + g * a10_[v], by20[pixel] = by20[pixel] + g * a20_[v];
                sum_[v] = sum_[v] + g, sum1_[v] = sum1_[v] + own1 * g, sum2_[v] = sum2_[v] + own2 * g;
            }
        }
        g1 = totals(by10[0], by10[1], by10[2], by10[3]);
        g2 = totals(by20[0], by20[1], by20[2], by20[3]);
    }

    MAQUETTE_INLINE void scatter(float* target, const int32_t* corners) const {
        for (int v = 0; v < kVectors; ++v) {
            add_part(target + int64_t(corners[0]) * kChannels, v, sum_[v] - sum1_[v] - sum2_[v]);
            add_part(target + int64_t(corners[1]) * kChannels, v, sum1_[v]);
            add_part(target + int64_t(corners[2]) * kChannels, v, sum2_[v]);
        }
    }

   private:
    static constexpr int kVectors = (kChannels + 3) / 4;

    static void add_part(float* to, int v, QuadF by) {
        if (4 * v + 4 <= kChannels) return store(to + 4 * v, load<QuadF>(to + 4 * v) + by);
        for (int c = 0; c < 4 && 4 * v + c < kChannels; ++c) to[4 * v + c] += by[c];
    }

    QuadF a10_[kVectors], a20_[kVectors];
    QuadF sum_[kVectors] = {}, sum1_[kVectors] = {}, sum2_[kVectors] = {};  // as it is, and weighted with b1 and b2
};

// Pairs of numbers at pixels i to i + 3, of which those from `end` on are read as 0.
inline void load_pairs(const float* pairs, int64_t i, int64_t end, QuadF& first, QuadF& second) {
    if (i + 4 <= end) return split(load<QuadF>(pairs + 2 * i), load<QuadF>(pairs + 2 * i + 4), first, second);
    float held[8] = {};
    std::copy(pairs + 2 * i, pairs + 2 * end, held);
    split(load<QuadF>(held), load<QuadF>(held + 4), first, second);
}

// The like for single numbers.
inline QuadF load_four(const float* numbers, int64_t i, int64_t end) {
    if (i + 4 <= end) return load<QuadF>(numbers + i);
    float held[4] = {};
    std::copy(numbers + i, numbers + end, held);
    return load<QuadF>(held);
}

// Writes pairs at pixels i to i + 3, but for those from `end` on.
inline void store_pairs(float* pairs, int64_t i, int64_t end, QuadF first, QuadF second) {
    QuadF low, high;
    merge(first, second, low, high);
    if (i + 4 <= end) {
        store(pairs + 2 * i, low);
        store(pairs + 2 * i + 4, high);
        return;
    }
    float held[8];
    store(held, low);
    store(held + 4, high);
    std::copy(held, held + 2 * (end - i), pairs + 2 * i);
}
