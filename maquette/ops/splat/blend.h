// One tile's pixels, forward and backward. Included once for each instruction set, inside its namespace and after
// its lanes. A tile's pixels are units of kLanes pixels, 4 wide and kRows tall, in 4 x 4 blocks.
constexpr int kRows = kLanes / 4, kUnits = kPixels / kLanes, kHalves = 4 / kRows;
static_assert(kRows <= 4 && kUnits <= 64, "a unit is at most a block, and a tile's units are bits of one word");

MAQUETTE_INLINE F exp2(F q) {  // for q in [-126, 127]; relative error 1e-7
    F n = rounded(q), f = q - n;
    F p = fma(set(0.00134004327f), f, set(0.00967603736f));
    p = fma(p, f, set(0.0555032715f));
    p = fma(p, f, set(0.240221068f));
    p = fma(p, f, set(0.693147182f));
    return scaled(fma(p, f, set(1.0f)), n);
}

constexpr int unit_at(int row, int column) { return ((row / kHalves) * 4 + column) * kHalves + row % kHalves; }

// Pixel centres of a tile's units.
struct Centers {
    alignas(64) float x[kUnits][kLanes], y[kUnits][kLanes];
};
MAQUETTE_INLINE void centers_of(int left, int top, Centers& c) {
    const float x[16] = {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3};
    const float y[16] = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
    for (int row = 0; row < 16 / kRows; ++row)
        for (int column = 0; column < 4; ++column) {
            store(c.x[unit_at(row, column)], load(x) + set(float(left + 4 * column) + 0.5f));
            store(c.y[unit_at(row, column)], load(y) + set(float(top + kRows * row) + 0.5f));
        }
}

// Units as bits: those before each column and row.
struct Before {
    uint64_t column[5] = {}, row[16 / kRows + 1] = {};
    constexpr Before() {
        for (int r = 0; r < 16 / kRows; ++r)
            for (int c = 0; c < 4; ++c) {
                const uint64_t bit = uint64_t(1) << unit_at(r, c);
                for (int after = c + 1; after <= 4; ++after) column[after] |= bit;
                for (int after = r + 1; after <= 16 / kRows; ++after) row[after] |= bit;
            }
    }
};
static constexpr Before kBefore;
constexpr uint64_t kAllUnits = kUnits == 64 ? ~uint64_t(0) : (uint64_t(1) << (kUnits % 64)) - 1;

// The units that a box meets in the tile whose first pixel is (left, top).
MAQUETTE_INLINE uint64_t units_in(const int16_t* box, int left, int top) {
    const int column0 = std::max(box[0] - left, 0) / 4, column1 = (std::min(box[2] - left, kTile) + 3) / 4;
    const int row0 = std::max(box[1] - top, 0) / kRows;
    const int row1 = (std::min(box[3] - top, kTile) + kRows - 1) / kRows;
    return kBefore.column[column1] & ~kBefore.column[column0] & kBefore.row[row1] & ~kBefore.row[row0];
}

// Asks for an entry's record before its turn: records lie in the Gaussians' order, which is not the tiles'.
constexpr int64_t kAhead = 6;
MAQUETTE_INLINE void fetch(const Blend& s, const float* records, const int16_t* boxes, int64_t e) {
    prefetch(records + int64_t(s.entries.gaussian[e]) * kRecord);
    prefetch(boxes + int64_t(s.entries.gaussian[e]) * 4);
}

// What a Gaussian or surfel is at the pixels of one unit.
struct Hit {
    F dx, dy;
    F log2_alpha;
    F z;                  // depth
    F u0, v0, over, u, v; // surfels: before the perspective division, one over the divisor, after it
    M dot;                // surfels: where the filter is nearer than the disc
};

MAQUETTE_INLINE Hit hit(const float* r, F x, F y, bool surfel, bool perspective) {
    Hit h;
    h.dx = x - set(r[kX]), h.dy = y - set(r[kY]);
    const float* s = r + kShape;
    h.z = set(r[kDepth]);
    if (!surfel) {
        F across = fma(set(s[0]), h.dx, set(s[1]) * h.dy);
        F down = set(s[2]) * h.dy;
        h.log2_alpha = fnma(h.dx, across, fnma(h.dy, down, set(r[kOpacity])));
        return h;
    }
    h.u0 = fma(set(s[0]), h.dx, set(s[1]) * h.dy);
    h.v0 = fma(set(s[2]), h.dx, set(s[3]) * h.dy);
    F slope = fma(set(s[4]), h.u0, set(s[5]) * h.v0);
    M valid;
    F depth;
    if (perspective) {
        F divisor = set(1.0f) - slope;
        valid = (set(0.0f) < divisor) & (divisor * set(kNear) <= h.z);
        h.over = set(1.0f) / divisor;
        depth = h.z * h.over;
    } else {
        h.over = set(1.0f);
        depth = h.z + slope;
        valid = set(kNear) <= depth;
    }
    h.u = h.u0 * h.over, h.v = h.v0 * h.over;
    F disc = fma(h.u, h.u, h.v * h.v);
    F filter = set(kDot) * fma(h.dx, h.dx, h.dy * h.dy);
    M nearer = valid & (disc <= filter);
    h.dot = both_not(set(0.0f) <= set(0.0f), nearer);
    h.z = select(nearer, depth, h.z);
    h.log2_alpha = fnma(set(0.5f * kLog2E), select(nearer, disc, filter), set(r[kOpacity]));
    return h;
}

// Lists those of some units where alpha may count, without a branch for each, which would often be guessed wrong.
struct Met {
    uint8_t unit[kUnits + 1];
    alignas(64) float log2_alpha[kUnits + 1][kLanes], z[kUnits + 1][kLanes];
};
MAQUETTE_INLINE int units_met(const float* r, uint64_t units, const Centers& centers, bool surfel, bool perspective,
                              Met& list) {
    int count = 0;
    for (; units; units &= units - 1) {
        const int unit = lowest_bit(units);
        const Hit h = hit(r, load(centers.x[unit]), load(centers.y[unit]), surfel, perspective);
        list.unit[count] = uint8_t(unit);
        // Rounding in a needle's products must not make it more than its opacity; NaN stays NaN, which never counts.
        store(list.log2_alpha[count], min(set(r[kOpacity]), h.log2_alpha));
        if (surfel) store(list.z[count], h.z);
        count += any(set(kMinLog2) <= h.log2_alpha);
    }
    return count;
}

// Positions in memory of the four rows of a block, from a tile's plane to a picture's and back.
MAQUETTE_INLINE void put(const float* plane, float* picture, const Blend& s, int left, int top, int step) {
    int columns = int(std::min<int64_t>(kTile, s.width - left)), rows = int(std::min<int64_t>(kTile, s.height - top));
    for (int y = 0; y < rows; ++y) {
        float* to = picture + ((top + y) * s.width + left) * step;
        const float* from = plane + (y / 4) * 64 + (y % 4) * 4;
        for (int x = 0; x < columns; ++x) to[x * step] = from[(x / 4) * 16 + x % 4];
    }
}
MAQUETTE_INLINE void take(const float* picture, float* plane, const Blend& s, int left, int top, int step) {
    int columns = int(std::min<int64_t>(kTile, s.width - left)), rows = int(std::min<int64_t>(kTile, s.height - top));
    if (!picture || columns < kTile || rows < kTile) std::memset(plane, 0, kPixels * sizeof(float));
    if (!picture) return;
    for (int y = 0; y < rows; ++y) {
        const float* from = picture + ((top + y) * s.width + left) * step;
        float* to = plane + (y / 4) * 64 + (y % 4) * 4;
        for (int x = 0; x < columns; ++x) to[(x / 4) * 16 + x % 4] = from[x * step];
    }
}

// Of the state: the light left, the number of the entry that finished the pixel (kNever if none did), the sums of
// weight z and weight z^2, and the depth from which z is counted.
enum Plane { kTransmittance, kLast, kFirst, kSecond, kOrigin };
constexpr float kNever = 1e9f;

MAQUETTE_INLINE void blend_tile(const Blend& s, int64_t tile, const bool surfel, const bool geometry) {
    const int64_t view = tile / (s.across * s.down), place = tile % (s.across * s.down);
    const int left = int(place % s.across) * kTile, top = int(place / s.across) * kTile;
    const float* records = s.records + view * s.count * kRecord;
    const int16_t* boxes = s.boxes + view * s.count * 4;
    float* state = s.state + tile * kState * kPixels;
    float *first = state + kFirst * kPixels, *second = state + kSecond * kPixels, *origin = state + kOrigin * kPixels,
          *final = state + kTransmittance * kPixels, *last = state + kLast * kPixels;
    alignas(64) float t[kPixels], color[3][kPixels], normal[3][kPixels], median[kPixels];
    std::memset(color, 0, sizeof color);
    std::memset(final, 0, kPixels * sizeof(float));
    for (int at = 0; at < kPixels; at += kLanes) store(last + at, set(kNever));
    if (geometry) {
        std::memset(first, 0, 3 * kPixels * sizeof(float));
        std::memset(normal, 0, sizeof normal);
        std::memset(median, 0, sizeof median);
    }
    Centers centers;
    centers_of(left, top, centers);
    // Pixels outside the picture count as finished.
    uint64_t finished = 0;
    for (int unit = 0; unit < kUnits; ++unit) {
        const M inside =
            (load(centers.x[unit]) < set(float(s.width))) & (load(centers.y[unit]) < set(float(s.height)));
        store(t + unit * kLanes, only(inside, set(1.0f)));
        if (!any(inside)) finished |= uint64_t(1) << unit;
    }
    Met list;

    const int64_t begin = s.entries.tiles[tile], end = s.entries.tiles[tile + 1];
    for (int64_t e = begin; e < end && finished != kAllUnits; ++e) {
        fetch(s, records, boxes, std::min(e + kAhead, end - 1));
        const float* r = records + int64_t(s.entries.gaussian[e]) * kRecord;
        const int16_t* box = boxes + int64_t(s.entries.gaussian[e]) * 4;
        const int met = units_met(r, units_in(box, left, top) & ~finished, centers, surfel, s.perspective, list);
        const F number = set(float(e - begin + 1));
        for (int n = 0; n < met; ++n) {
            const int unit = list.unit[n], at = unit * kLanes;
            const F log2_alpha = load(list.log2_alpha[n]);
            M meets = set(kMinLog2) <= log2_alpha;
            F alpha = only(meets, min(exp2(max(log2_alpha, set(kMinLog2))), set(kMaxAlpha)));
            const F before = load(t + at);
            F after = fnma(before, alpha, before);
            const M stops = meets & (after <= set(kStop));
            if (any(stops)) {
                store(final + at, max(load(final + at), only(stops, before)));
                store(last + at, select(stops, min(load(last + at), number), load(last + at)));
                meets = both_not(meets, stops);
                alpha = only(meets, alpha);
                after = select(stops, set(0.0f), after);
                if (!any(set(0.0f) < after)) finished |= uint64_t(1) << unit;
            }
            store(t + at, after);
            const F weight = before * alpha;
            for (int k = 0; k < 3; ++k)
                store(color[k] + at, fma(weight, set(r[kColor + k]), load(color[k] + at)));
            if (geometry) {
                const F z_here = surfel ? load(list.z[n]) : set(r[kDepth]);
                const F fresh = select(meets & (set(1.0f) <= before), z_here, load(origin + at));
                store(origin + at, fresh);
                const F z = z_here - fresh, weighted = weight * z;
                store(first + at, load(first + at) + weighted);
                store(second + at, fma(weighted, z, load(second + at)));
                for (int k = 0; k < 3; ++k)
                    store(normal[k] + at, fma(weight, set(r[kNormal + k]), load(normal[k] + at)));
                store(median + at, select(meets & (set(0.5f) < before), z_here, load(median + at)));
            }
        }
    }

    alignas(64) float alpha[kPixels], depth[kPixels], distortion[kPixels];
    for (int at = 0; at < kPixels; at += kLanes) {
        const F left_over = max(load(final + at), load(t + at)), covered = set(1.0f) - left_over;
        store(final + at, left_over);
        store(alpha + at, covered);
        for (int k = 0; k < 3; ++k)
            store(color[k] + at, fma(left_over, set(s.background[k]), load(color[k] + at)));
        if (geometry) {
            const F m1 = load(first + at), m2 = load(second + at);
            const M seen = set(0.0f) < covered;
            store(depth + at, only(seen, load(origin + at) + m1 / select(seen, covered, set(1.0f))));
            store(distortion + at, max(fnma(m1, m1, covered * m2), set(0.0f)));
        }
    }
    const int64_t pixels = view * s.width * s.height;
    for (int k = 0; k < 3; ++k) put(color[k], s.out.color + pixels * 3 + k, s, left, top, 3);
    put(alpha, s.out.alpha + pixels, s, left, top, 1);
    if (geometry) {
        for (int k = 0; k < 3; ++k) put(normal[k], s.out.normals + pixels * 3 + k, s, left, top, 3);
        put(depth, s.out.depth + pixels, s, left, top, 1);
        put(distortion, s.out.distortion + pixels, s, left, top, 1);
        put(median, s.out.median + pixels, s, left, top, 1);
    }
}

// Back to front: with S the sum over what lies behind of weight * g, where g is the gradient's product with a
// Gaussian's values, the gradient by its alpha is T g - S / (1 - alpha).
MAQUETTE_INLINE void blend_tile_backward(const Blend& s, int64_t tile, const bool surfel, const bool geometry) {
    const int64_t view = tile / (s.across * s.down), place = tile % (s.across * s.down);
    const int left = int(place % s.across) * kTile, top = int(place / s.across) * kTile;
    const float* records = s.records + view * s.count * kRecord;
    const int16_t* boxes = s.boxes + view * s.count * 4;
    const float* state = s.state + tile * kState * kPixels;
    const float *last = state + kLast * kPixels, *origin = state + kOrigin * kPixels;
    const int64_t pixels = view * s.width * s.height;
    const int64_t begin = s.entries.tiles[tile], end = s.entries.tiles[tile + 1];
    const int count = surfel ? kSurfelSums : geometry ? kGaussianGeometrySums : kGaussianSums;

    alignas(64) float v_color[3][kPixels], v_normal[3][kPixels], v_alpha[kPixels], v_first[kPixels],
        v_second[kPixels], v_median[kPixels], t[kPixels], behind[kPixels];
    for (int k = 0; k < 3; ++k)
        take(s.v_color ? s.v_color + pixels * 3 + k : nullptr, v_color[k], s, left, top, 3);
    take(s.v_alpha ? s.v_alpha + pixels : nullptr, v_alpha, s, left, top, 1);
    std::memcpy(t, state + kTransmittance * kPixels, sizeof t);
    std::memset(behind, 0, sizeof behind);
    if (geometry) {
        for (int k = 0; k < 3; ++k)
            take(s.v_normals ? s.v_normals + pixels * 3 + k : nullptr, v_normal[k], s, left, top, 3);
        take(s.v_depth ? s.v_depth + pixels : nullptr, v_first, s, left, top, 1);
        take(s.v_distortion ? s.v_distortion + pixels : nullptr, v_second, s, left, top, 1);
        take(s.v_median ? s.v_median + pixels : nullptr, v_median, s, left, top, 1);
    }
    Centers centers;
    centers_of(left, top, centers);
    int64_t furthest = 0;
    std::pair<int32_t, int32_t> lasts[kUnits];  // each unit's last contributor, and the unit
    for (int unit = 0; unit < kUnits; ++unit) {
        const int at = unit * kLanes;
        F va = load(v_alpha + at);
        for (int k = 0; k < 3; ++k) va = fnma(set(s.background[k]), load(v_color[k] + at), va);
        if (geometry) {
            // depth = origin + first / alpha; distortion = alpha * second - first^2.
            const F covered = set(1.0f) - load(t + at);
            const M seen = set(0.0f) < covered;
            const F over = only(seen, set(1.0f) / select(seen, covered, set(1.0f)));
            const F m1 = load(state + kFirst * kPixels + at), m2 = load(state + kSecond * kPixels + at);
            const F vd = load(v_first + at) * over, vs = load(v_second + at);
            va = va + fma(vs, m2, set(0.0f) - vd * (m1 * over));
            store(v_first + at, fnma(set(2.0f) * vs, m1, vd));
            store(v_second + at, vs * covered);
        }
        store(v_alpha + at, va);
        float most = 0;
        for (int lane = 0; lane < kLanes; ++lane) most = std::max(most, last[at + lane]);
        const int64_t blended = std::min(int64_t(most) - 1, end - begin);  // entries, of this unit
        lasts[unit] = {int32_t(blended), unit};
        furthest = std::max(furthest, blended);
    }

    std::sort(lasts, lasts + kUnits);
    int next = kUnits - 1;
    uint64_t started = 0;  // units whose last contributor has come
    Met list;
    for (int64_t e = begin + furthest; e < end; ++e)  // hidden
        for (int k = 0; k < count; ++k) s.sums[int64_t(s.entries.slot[e]) * count + k] = 0;
    for (int64_t e = begin + furthest - 1; e >= begin; --e) {
        fetch(s, records, boxes, std::max(e - kAhead, begin));
        const float* r = records + int64_t(s.entries.gaussian[e]) * kRecord;
        const int16_t* box = boxes + int64_t(s.entries.gaussian[e]) * 4;
        const int64_t index = e - begin;
        for (; next >= 0 && lasts[next].first > index; --next) started |= uint64_t(1) << lasts[next].second;
        const int met = units_met(r, units_in(box, left, top) & started, centers, surfel, s.perspective, list);
        const F number = set(float(index + 1));
        F sums[(kSurfelSums + 7) / 8 * 8];
        for (int k = 0; k < count; ++k) sums[k] = set(0.0f);
        for (int n = 0; n < met; ++n) {
            const int unit = list.unit[n], at = unit * kLanes;
            const Hit h = hit(r, load(centers.x[unit]), load(centers.y[unit]), surfel, s.perspective);
            const F log2_alpha = load(list.log2_alpha[n]);
            const M meets = (set(kMinLog2) <= log2_alpha) & (number < load(last + at));
            const F raw = only(meets, exp2(max(log2_alpha, set(kMinLog2))));
            const F alpha = min(raw, set(kMaxAlpha));
            const F over = reciprocal(set(1.0f) - alpha);
            const F after = load(t + at), before = select(meets, after * over, after);
            const F weight = before * alpha;
            F g = load(v_alpha + at);
            for (int k = 0; k < 3; ++k) {
                const F v = load(v_color[k] + at);
                g = fma(v, set(r[kColor + k]), g);
                sums[1 + k] = fma(weight, v, sums[1 + k]);
            }
            F vz;
            if (geometry) {
                const F z = h.z - load(origin + at), v1 = load(v_first + at), v2 = load(v_second + at);
                g = fma(fma(v2, z, v1), z, g);
                vz = weight * fma(v2 + v2, z, v1);
                if (s.v_median) {
                    const M halved = meets & (set(0.5f) < before);  // the first met from behind is the median
                    const F vm = load(v_median + at);
                    vz = vz + only(halved, vm);
                    store(v_median + at, select(halved, set(0.0f), vm));
                }
                for (int k = 0; k < 3; ++k) {
                    const F v = load(v_normal[k] + at);
                    g = fma(v, set(r[kNormal + k]), g);
                    const int to = (surfel ? 15 : 10) + k;
                    sums[to] = fma(weight, v, sums[to]);
                }
            }
            const F hidden = load(behind + at);
            const F v_of_alpha = fnma(hidden, over, before * g);
            store(behind + at, fma(weight, g, hidden));
            store(t + at, before);
            // By the logarithm of alpha; none where alpha is at its limit.
            const F d = only(raw <= set(kMaxAlpha), v_of_alpha * alpha);
            sums[0] = sums[0] + d;
            if (!surfel) {
                const F ddx = d * h.dx, ddy = d * h.dy;
                sums[4] = sums[4] + ddx;
                sums[5] = sums[5] + ddy;
                sums[6] = fma(ddx, h.dx, sums[6]);
                sums[7] = fma(ddx, h.dy, sums[7]);
                sums[8] = fma(ddy, h.dy, sums[8]);
                if (geometry) sums[9] = sums[9] + vz;
            } else {
                const F on_disc = only(meets, select(h.dot, set(0.0f), d));
                const F on_dot = only(h.dot, d) * set(kDot);
                sums[10] = fma(on_dot, h.dx, sums[10]);
                sums[11] = fma(on_dot, h.dy, sums[11]);
                const F flat = select(h.dot, vz, set(0.0f)), vd = select(h.dot, set(0.0f), vz);
                const F vu = set(0.0f) - on_disc * h.u, vv = set(0.0f) - on_disc * h.v;
                const F g0 = set(r[kShape + 4]), g1 = set(r[kShape + 5]);
                F vu0, vv0, v_slope;
                if (s.perspective) {
                    const F v_over = fma(vu, h.u0, fma(vv, h.v0, vd * set(r[kDepth])));
                    v_slope = select(h.dot, set(0.0f), h.over * h.over * v_over);
                    vu0 = select(h.dot, set(0.0f), fma(vu, h.over, g0 * v_slope));
                    vv0 = select(h.dot, set(0.0f), fma(vv, h.over, g1 * v_slope));
                    sums[14] = sums[14] + flat + select(h.dot, set(0.0f), vd * h.over);
                } else {
                    v_slope = vd;
                    vu0 = select(h.dot, set(0.0f), fma(g0, v_slope, vu));
                    vv0 = select(h.dot, set(0.0f), fma(g1, v_slope, vv));
                    sums[14] = sums[14] + vz;
                }
                sums[4] = fma(vu0, h.dx, sums[4]);
                sums[5] = fma(vu0, h.dy, sums[5]);
                sums[6] = fma(vv0, h.dx, sums[6]);
                sums[7] = fma(vv0, h.dy, sums[7]);
                sums[8] = sums[8] + vu0;
                sums[9] = sums[9] + vv0;
                sums[12] = sums[12] + select(h.dot, set(0.0f), v_slope * h.u0);
                sums[13] = sums[13] + select(h.dot, set(0.0f), v_slope * h.v0);
            }
        }
        float* out = s.sums + int64_t(s.entries.slot[e]) * count;
        int k = 0;
        for (; k + 8 <= count; k += 8) sum_eight(sums + k, out + k);
        if (count - k > 2) {  // three and more are summed sooner as eight
            float rest[8];
            for (int zero = count; zero < k + 8; ++zero) sums[zero] = set(0.0f);
            sum_eight(sums + k, rest);
            for (; k < count; ++k) out[k] = rest[k % 8];
        }
        for (; k < count; ++k) out[k] = sum(sums[k]);
    }
}

static void blend_forward(const Blend& s, int64_t tile) {
    if (s.surfels) blend_tile(s, tile, true, true);
    else if (s.geometry) blend_tile(s, tile, false, true);
    else blend_tile(s, tile, false, false);
}
static void blend_backward(const Blend& s, int64_t tile) {
    if (s.surfels) blend_tile_backward(s, tile, true, true);
    else if (s.geometry) blend_tile_backward(s, tile, false, true);
    else blend_tile_backward(s, tile, false, false);
}
