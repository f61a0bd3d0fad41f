// The inner loops of painting, compiled for several instruction sets (isa.h).

inline float bits_to_float(int32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}

inline float clamped(float x, float low, float high) {
    const float above = x > low ? x : low;
    return above < high ? above : high;
}

// 2^x for |x| < 126: a polynomial for the fraction, to 1e-7.
inline float power_of_two(float x) {
    x = clamped(x, -126, 126);
    const int32_t whole = int32_t(x + 127.0f) - 127;  // x + 127 is positive: rounds down
    const float t = x - float(whole);
    const float p = 0.9999999f + t * (0.69315449f + t * (0.24014182f + t * (0.05586034f + t * (0.00894959f + t * 0.00189375f))));
    return p * bits_to_float((whole + 127) << 23);
}

// log2 of a positive number, to 4e-7.
inline float log_two(float x) {
    int32_t bits;
    std::memcpy(&bits, &x, 4);
    const float t = bits_to_float((bits & 0x7fffff) | 0x3f800000) - 1.0f;
    const float p =
        3.6856141e-07f +
        t * (1.44264755f +
             t * (-0.720316064f +
                  t * (0.472086916f + t * (-0.321960285f + t * (0.188752738f + t * (-0.0756513747f + t * 0.0144403525f))))));
    return p + float((bits >> 23) - 127);
}

// The place in space of texels of one row, [x0, x1), all of one face; and of up to 15 that follow, for nothing.
void place(const Chart& chart, const float* corners, const float* normals, int64_t x0, int64_t x1, int64_t row,
           Points& out, int at) {
    float c[18];  // position and normal at corner 0, and what corners 1 and 2 differ by
    for (int k = 0; k < 3; ++k) {
        c[k] = corners[k], c[6 + k] = corners[3 + k] - corners[k], c[12 + k] = corners[6 + k] - corners[k];
        c[3 + k] = normals[k], c[9 + k] = normals[3 + k] - normals[k], c[15 + k] = normals[6 + k] - normals[k];
    }
    const int count = int(x1 - x0);
    const float start1 = float(chart.b1[0] + chart.b1[1] * double(x0) + chart.b1[2] * double(row));
    const float start2 = float(chart.b2[0] + chart.b2[1] * double(x0) + chart.b2[2] * double(row));
    const float step1 = float(chart.b1[1]), step2 = float(chart.b2[1]);
    for (int first = 0; first < count; first += kGroup)
        for (int i = first; i < first + kGroup; ++i) {
            const float b1 = clamped(start1 + step1 * float(i), 0, 1), b2 = clamped(start2 + step2 * float(i), 0, 1);
            float v[6];
            for (int k = 0; k < 6; ++k) v[k] = c[k] + b1 * c[6 + k] + b2 * c[12 + k];
            const float square = v[3] * v[3] + v[4] * v[4] + v[5] * v[5];
            const float per = 1 / std::sqrt(square > 1e-24f ? square : 1e-24f);
            out.p[0][at + i] = v[0], out.p[1][at + i] = v[1], out.p[2][at + i] = v[2];
            out.n[0][at + i] = v[3] * per, out.n[1][at + i] = v[4] * per, out.n[2][at + i] = v[5] * per;
        }
}

// out[l] = base[at[l]]
inline void gather_group(const float* base, const int32_t* at, float* out) {
#if defined(MAQUETTE_AVX512)
    _mm512_storeu_ps(out, _mm512_i32gather_ps(_mm512_loadu_si512(at), base, 4));
#elif defined(MAQUETTE_AVX2)
    for (int l = 0; l < kGroup; l += 8)
        _mm256_storeu_ps(out + l, _mm256_i32gather_ps(base, _mm256_loadu_si256((const __m256i*)(at + l)), 4));
#else
    for (int l = 0; l < kGroup; ++l) out[l] = base[at[l]];
#endif
}
inline void gather(const float* base, const int32_t* at, float* out) {
    for (int first = 0; first < kBlock; first += kGroup) gather_group(base, at + first, out + first);
}


// The cosines between a view and the surface at the points, and their sum where the view looks at it from outside.
float facing(const Painter& painter, const View& view, const Points& at, float* __restrict cosine) {
    const float e0 = view.eye[0], e1 = view.eye[1], e2 = view.eye[2];
    if (painter.perspective)
        for (int i = 0; i < kBlock; ++i) {
            const float x = e0 - at.p[0][i], y = e1 - at.p[1][i], z = e2 - at.p[2][i];
            const float square = x * x + y * y + z * z;
            cosine[i] = (x * at.n[0][i] + y * at.n[1][i] + z * at.n[2][i]) / std::sqrt(square > 1e-24f ? square : 1e-24f);
        }
    else
        for (int i = 0; i < kBlock; ++i) cosine[i] = e0 * at.n[0][i] + e1 * at.n[1][i] + e2 * at.n[2][i];
    float lane[16] = {0}, sum = 0;
    for (int i = 0; i < kBlock; i += 16)
        for (int l = 0; l < 16; ++l) lane[l] += cosine[i + l] > kFacing ? cosine[i + l] : 0.0f;
    for (int l = 0; l < 16; ++l) sum += lane[l];
    return sum;
}

// The cosines' power: a view counts no more than that.
void bounds(const Painter& painter, const float* __restrict cosine, float* __restrict bound) {
    const float sharpness = painter.sharpness;
    for (int i = 0; i < kBlock; ++i) {
        // A factor in place of a choice: the compiler would make it a branch.
        bound[i] = power_of_two(sharpness * log_two(clamped(cosine[i], kFacing, 1))) * float(cosine[i] > kFacing);
    }
}

// How much one view counts at the points: 0 where they are hidden, outside or turned away. False where none counts.
bool weigh(const Painter& painter, const View& view, const Points& at, const float* __restrict cosine,
           const float* __restrict bound, Weighed& weighed) {
    float px[kBlock], py[kBlock], depth[kBlock], away[kBlock], limit[kBlock];
    const float* pose = view.pose;
    float m[12];
    for (int k = 0; k < 12; ++k) m[k] = pose[k];
    const float fx = view.fx, fy = view.fy, cx = view.cx, cy = view.cy;
    const bool perspective = painter.perspective;
    for (int i = 0; i < kBlock; ++i) {
        const float x = at.p[0][i], y = at.p[1][i], z = at.p[2][i];
        const float a = m[0] * x + m[1] * y + m[2] * z + m[3], b = m[4] * x + m[5] * y + m[6] * z + m[7];
        depth[i] = m[8] * x + m[9] * y + m[10] * z + m[11];
        away[i] = perspective ? (depth[i] > 1e-9f ? depth[i] : 1e-9f) : 1.0f;
        px[i] = a / away[i] * fx + cx;
        py[i] = b / away[i] * fy + cy;
    }
    const float width = float(painter.size.width), height = float(painter.size.height);
    const float sx = float(painter.fine.width) / width, sy = float(painter.fine.height) / height;
    const float right = float(painter.fine.width - 1), bottom = float(painter.fine.height - 1);
    const float pixel = 1 / (fx * sx);
    const int32_t stride = int32_t(painter.fine.width), across = int32_t(painter.size.width);

    // The deepest of the four pixels around the point, as in visibility.
    int32_t i00[kBlock], i01[kBlock], i10[kBlock], i11[kBlock], hits[kBlock];
    for (int i = 0; i < kBlock; ++i) {
        const float x = px[i] * sx, y = py[i] * sy;
        const int32_t x0 = int32_t(clamped(x - 0.5f, 0, right)), x1 = int32_t(clamped(x + 0.5f, 0, right));
        const int32_t y0 = int32_t(clamped(y - 0.5f, 0, bottom)), y1 = int32_t(clamped(y + 0.5f, 0, bottom));
        i00[i] = y0 * stride + x0, i01[i] = y0 * stride + x1, i10[i] = y1 * stride + x0, i11[i] = y1 * stride + x1;
        const float c = clamped(cosine[i], kFacing, 1);
        const float steep = std::sqrt(1 - c * c) / c, slope = steep < kSteepest ? steep : kSteepest;
        limit[i] = depth[i] - kSlack - slope * away[i] * pixel;
    }
    float p[kBlock], q[kBlock], r[kBlock], s[kBlock];
    gather(view.depth, i00, p), gather(view.depth, i01, q), gather(view.depth, i10, r), gather(view.depth, i11, s);
    for (int i = 0; i < kBlock; ++i) {
        const float upper = p[i] > q[i] ? p[i] : q[i], lower = r[i] > s[i] ? r[i] : s[i];
        const float deepest = upper > lower ? upper : lower;
        const int32_t inside = (px[i] >= 0) & (px[i] <= width) & (py[i] >= 0) & (py[i] <= height);
        const int32_t ahead = int32_t(!perspective) | int32_t(depth[i] > 0);
        hits[i] = inside & ahead & int32_t(bound[i] > 0) & int32_t(deepest >= limit[i]);
    }
    int32_t any = 0;
    for (int i = 0; i < kBlock; ++i) any |= hits[i];
    if (!any) return false;

    float u[kBlock], v[kBlock];
    for (int i = 0; i < kBlock; ++i) {
        const float x = clamped(px[i] - 0.5f, 0, width - 1), y = clamped(py[i] - 0.5f, 0, height - 1);
        const int32_t x0 = int32_t(x), y0 = int32_t(y);
        const int32_t x1 = int32_t(clamped(x + 1, 0, width - 1)), y1 = int32_t(clamped(y + 1, 0, height - 1));
        i00[i] = y0 * across + x0, i01[i] = y0 * across + x1, i10[i] = y1 * across + x0, i11[i] = y1 * across + x1;
        u[i] = x - float(x0), v[i] = y - float(y0);
    }
    gather(view.worth, i00, p), gather(view.worth, i01, q), gather(view.worth, i10, r), gather(view.worth, i11, s);
    float weight[kBlock];
    for (int i = 0; i < kBlock; ++i) {
        const float upper = p[i] + u[i] * (q[i] - p[i]), lower = r[i] + u[i] * (s[i] - r[i]);
        weight[i] = hits[i] ? bound[i] * (upper + v[i] * (lower - upper)) : 0.0f;
    }
    std::memcpy(weighed.weight, weight, sizeof weight);
    std::memcpy(weighed.x, px, sizeof px);
    std::memcpy(weighed.y, py, sizeof py);
    return true;
}

inline float biweight(float squared) {  // 1 at 0, 0 from 1 on
    const float rest = 1 - squared;
    return rest * rest * float(rest > 0);  // a factor in place of a choice, as above
}

constexpr int kRadius = 2, kTaps = 32;  // 5 x 5 and some that weigh nothing

// The pixels around one of a view. Neighbouring texels mostly ask for the same ones.
template <int kChannels>
struct Taps {
    int32_t view = -1, cx, cy;
    float purity[kTaps], z[kTaps], scale[kTaps], u[kTaps], v[kTaps], n[3][kTaps], colour[kChannels][kTaps];

    void look(const Painter& painter, int32_t of, int32_t x, int32_t y) {
        if (of == view && x == cx && y == cy) return;
        view = of, cx = x, cy = y;
        const View& from = painter.view[of];
        const int32_t width = int32_t(painter.size.width), height = int32_t(painter.size.height);
        const int32_t x0 = cx < kRadius ? 0 : cx - kRadius, x1 = cx + kRadius < width ? cx + kRadius : width - 1;
        const int32_t y0 = cy < kRadius ? 0 : cy - kRadius, y1 = cy + kRadius < height ? cy + kRadius : height - 1;
        int t = 0;
        for (int32_t row = y0; row <= y1; ++row)
            for (int32_t column = x0; column <= x1; ++column, ++t) {
                const int64_t pixel = int64_t(row) * width + column;
                const int32_t f = from.face[pixel];
                purity[t] = from.purity[pixel], z[t] = from.near_depth[pixel];
                scale[t] = painter.perspective ? z[t] : 1.0f;
                u[t] = float(column), v[t] = float(row);
                for (int a = 0; a < 3; ++a) n[a][t] = f < 0 ? 0.0f : painter.normals[3 * int64_t(f) + a];
                for (int c = 0; c < kChannels; ++c) colour[c][t] = from.image[pixel * kChannels + c];
            }
        for (; t < kTaps; ++t) {
            purity[t] = z[t] = scale[t] = u[t] = v[t] = n[0][t] = n[1][t] = n[2][t] = 0;
            for (int c = 0; c < kChannels; ++c) colour[c][t] = 0;
        }
    }
};

// A sample of a picture where its pixels mix things: by joint bilateral weights (Kopf et al. 2007), then mean shift
// over colour (Comaniciu and Meer 2002), which brings what lies between two colours to the nearer one.
template <int kChannels>
void guided(const Painter& painter, int32_t of, Taps<kChannels>& taps, const float* p, const float* n, float x, float y,
            float* __restrict mean) {
    const View& view = painter.view[of];
    x = clamped(x, 0, float(painter.size.width)) - 0.5f, y = clamped(y, 0, float(painter.size.height)) - 0.5f;
    taps.look(painter, of, int32_t(x + 0.5f), int32_t(y + 0.5f));
    const float* m = view.pose;
    float q[3], k[3];  // the point and its normal in the camera's axes
    for (int r = 0; r < 3; ++r) {
        q[r] = m[4 * r] * p[0] + m[4 * r + 1] * p[1] + m[4 * r + 2] * p[2] + m[4 * r + 3];
        k[r] = m[4 * r] * n[0] + m[4 * r + 1] * n[1] + m[4 * r + 2] * n[2];
    }
    const float per_reach = 1 / (painter.reach * painter.reach), per_contrast = 1 / (kContrast * kContrast);
    const float ix = 1 / view.fx, iy = 1 / view.fy, left = view.cx - 0.5f, top = view.cy - 0.5f;
    const float n0 = n[0], n1 = n[1], n2 = n[2];
    const auto& colour = taps.colour;
    float wide[kTaps], close[kTaps];
    for (int t = 0; t < kTaps; ++t) {
        const float off = k[0] * ((taps.u[t] - left) * ix * taps.scale[t] - q[0]) +
                          k[1] * ((taps.v[t] - top) * iy * taps.scale[t] - q[1]) + k[2] * (taps.z[t] - q[2]);
        const float turn = n0 * taps.n[0][t] + n1 * taps.n[1][t] + n2 * taps.n[2][t];
        const float same = 0.02f + biweight(off * off * per_reach) * (turn > 0 ? turn : 0.0f);
        const float dx = taps.u[t] - x, dy = taps.v[t] - y, squared = dx * dx + dy * dy, weight = taps.purity[t] * same;
        close[t] = weight * biweight(squared * (1 / 2.25f));
        wide[t] = weight * biweight(squared * 0.125f);
    }
    // The weights' sum, and with `mean` the colours' mean where that is more than `least`.
    const auto average = [&](const float* weight, float least) {
        float lanes[kChannels + 1][8], sums[kChannels + 1];
        for (int l = 0; l < 8; ++l) lanes[kChannels][l] = (weight[l] + weight[8 + l]) + (weight[16 + l] + weight[24 + l]);
        for (int c = 0; c < kChannels; ++c)
            for (int l = 0; l < 8; ++l)
                lanes[c][l] = (weight[l] * colour[c][l] + weight[8 + l] * colour[c][8 + l]) +
                              (weight[16 + l] * colour[c][16 + l] + weight[24 + l] * colour[c][24 + l]);
        for (int c = 0; c <= kChannels; ++c) {
            float half[4];
            for (int l = 0; l < 4; ++l) half[l] = lanes[c][l] + lanes[c][4 + l];
            sums[c] = (half[0] + half[2]) + (half[1] + half[3]);
        }
        for (int c = 0; c < kChannels && sums[kChannels] > least; ++c) mean[c] = sums[c] / sums[kChannels];
        return sums[kChannels];
    };
    for (int c = 0; c < kChannels; ++c) mean[c] = 0;
    if (!(average(close, 1e-6f) > 1e-6f)) average(wide, 0);
    for (int shift = 0; shift < kShifts; ++shift) {
        float weight[kTaps];
        for (int t = 0; t < kTaps; ++t) {
            float squared = 0;
            for (int c = 0; c < kChannels; ++c) squared += (colour[c][t] - mean[c]) * (colour[c][t] - mean[c]);
            weight[t] = wide[t] * biweight(squared * per_contrast);
        }
        float before[kChannels], squared = 0;
        for (int c = 0; c < kChannels; ++c) before[c] = mean[c];
        if (!(average(weight, 1e-9f) > 1e-9f)) break;
        for (int c = 0; c < kChannels; ++c) squared += (mean[c] - before[c]) * (mean[c] - before[c]);
        if (squared < kStill * kStill) break;
    }
}

// Bilinear samples of one view at the points where `counts`, and what is left of their weights: 0 where it does not,
// or where a pixel mixes things.
template <int kChannels>
void plain(const Painter& painter, const View& view, const Weighed& at, const int32_t* __restrict counts,
           float (*__restrict colour)[kBlock], float* __restrict share) {
    const float right = float(painter.size.width - 1), bottom = float(painter.size.height - 1);
    const int32_t width = int32_t(painter.size.width);
    const float* image = view.image;
    for (int first = 0; first < kBlock; first += kGroup) {
        int32_t any = 0;
        for (int l = 0; l < kGroup; ++l) any |= counts[first + l];
        if (!any) {
            for (int l = 0; l < kGroup; ++l) share[first + l] = 0;
            for (int c = 0; c < kChannels; ++c)
                for (int l = 0; l < kGroup; ++l) colour[c][first + l] = 0;
            continue;
        }
        int32_t pixel[kGroup], i00[kGroup], i01[kGroup], i10[kGroup], i11[kGroup];
        float u[kGroup], v[kGroup];
        for (int l = 0; l < kGroup; ++l) {
            const float x = clamped(at.x[first + l] - 0.5f, 0, right), y = clamped(at.y[first + l] - 0.5f, 0, bottom);
            const int32_t x0 = int32_t(x), x1 = int32_t(clamped(x + 1, 0, right));
            const int32_t y0 = int32_t(y), y1 = int32_t(clamped(y + 1, 0, bottom));
            u[l] = x - float(x0), v[l] = y - float(y0);
            pixel[l] = y0 * width + x0;
            i00[l] = pixel[l] * kChannels, i01[l] = (y0 * width + x1) * kChannels;
            i10[l] = (y1 * width + x0) * kChannels, i11[l] = (y1 * width + x1) * kChannels;
        }
        for (int l = 0; l < kGroup; ++l)
            share[first + l] = at.weight[first + l] * float(counts[first + l] & int32_t(view.pure[pixel[l]]));
        for (int c = 0; c < kChannels; ++c) {
            float p[kGroup], q[kGroup], r[kGroup], s[kGroup];
            gather_group(image + c, i00, p), gather_group(image + c, i01, q);
            gather_group(image + c, i10, r), gather_group(image + c, i11, s);
            // Differences keep a constant image exactly constant, which a sum of four products does not.
            for (int l = 0; l < kGroup; ++l) {
                const float upper = p[l] + u[l] * (q[l] - p[l]), lower = r[l] + u[l] * (s[l] - r[l]);
                colour[c][first + l] = upper + v[l] * (lower - upper);
            }
        }
    }
}

// The colours of the first `count` points, and the weight of the view that counts most.
template <int kChannels>
void blend(const Painter& painter, const Points& at, int count, const Room& room, float* colours, float* confidence) {
    // The views that look straightest first: others can often be told not to count without being looked at.
    int some = 0;
    for (int32_t v = 0; v < painter.views; ++v) {
        const float sum = facing(painter, painter.view[v], at, room.cosine[v]);
        if (!(sum > 0)) continue;
        int place = some++;
        for (; place > 0 && room.sum[place - 1] < sum; --place)
            room.sum[place] = room.sum[place - 1], room.order[place] = room.order[place - 1];
        room.sum[place] = sum, room.order[place] = v;
    }
    Taps<kChannels> taps;
    float most[kBlock] = {0};
    int32_t first[kBlock] = {0}, owner[kBlock] = {0};  // the best view's place in the room, and its number
    int used = 0;
    for (int k = 0; k < some; ++k) {
        const int32_t v = room.order[k];
        float bound[kBlock];
        bounds(painter, room.cosine[v], bound);
        int32_t any = 0;
        for (int i = 0; i < kBlock; ++i) any |= int32_t(bound[i] > kLeast * most[i]);
        if (!any || !weigh(painter, painter.view[v], at, room.cosine[v], bound, room.weighed[used])) continue;
        const float* weight = room.weighed[used].weight;
        for (int i = 0; i < kBlock; ++i) {
            const bool more = (weight[i] > most[i]) | ((weight[i] == most[i]) & (v < owner[i]));
            most[i] = more ? weight[i] : most[i];
            first[i] = more ? used : first[i];
            owner[i] = more ? v : owner[i];
        }
        room.used[used++] = v;
    }
    // What the best view shows, and where its pixels mix things, what it shows there.
    float own[kChannels][kBlock] = {{0}};
    int32_t clear[kBlock] = {0};
    for (int k = 0; k < used; ++k) {
        int32_t counts[kBlock];
        const float* weight = room.weighed[k].weight;
        float(*colour)[kBlock] = room.colour + kChannels * k;
        for (int i = 0; i < kBlock; ++i) counts[i] = weight[i] > kLeast * most[i];
        plain<kChannels>(painter, painter.view[room.used[k]], room.weighed[k], counts, colour, room.share[k]);
        const float* share = room.share[k];
        for (int i = 0; i < kBlock; ++i) clear[i] = first[i] == k ? int32_t(share[i] > 0) : clear[i];
        for (int c = 0; c < kChannels; ++c)
            for (int i = 0; i < kBlock; ++i) own[c][i] = first[i] == k ? colour[c][i] : own[c][i];
    }
    for (int i = 0; i < count; ++i) {
        if (clear[i] || !(most[i] > 0)) continue;
        const Weighed& best = room.weighed[first[i]];
        const float p[3] = {at.p[0][i], at.p[1][i], at.p[2][i]}, n[3] = {at.n[0][i], at.n[1][i], at.n[2][i]};
        float mean[kChannels];
        guided(painter, owner[i], taps, p, n, best.x[i], best.y[i], mean);
        for (int c = 0; c < kChannels; ++c) own[c][i] = mean[c];
    }

    float total[kBlock], sum[kChannels][kBlock];
    for (int i = 0; i < kBlock; ++i) total[i] = most[i] > 0 ? most[i] : 1.0f;
    for (int c = 0; c < kChannels; ++c)
        for (int i = 0; i < kBlock; ++i) sum[c][i] = most[i] * own[c][i];
    for (int k = 0; k < used; ++k) {
        float(*colour)[kBlock] = room.colour + kChannels * k;
        float squared[kBlock] = {0}, share[kBlock];
        for (int c = 0; c < kChannels; ++c)
            for (int i = 0; i < kBlock; ++i) squared[i] += (colour[c][i] - own[c][i]) * (colour[c][i] - own[c][i]);
        // exp(-d^2 / (2 contradiction^2)): views that contradict the best one would make ghosts.
        for (int i = 0; i < kBlock; ++i)
            share[i] = room.share[k][i] * float(first[i] != k) *
                       power_of_two(squared[i] * (-0.72134752f / (kContradiction * kContradiction)));
        for (int i = 0; i < kBlock; ++i) total[i] += share[i];
        for (int c = 0; c < kChannels; ++c)
            for (int i = 0; i < kBlock; ++i) sum[c][i] += share[i] * colour[c][i];
    }
    for (int c = 0; c < kChannels; ++c)
        for (int i = 0; i < kBlock; ++i) sum[c][i] /= total[i];
    for (int i = 0; i < count; ++i) {
        confidence[i] = most[i];
        for (int c = 0; c < kChannels; ++c) colours[i * kChannels + c] = sum[c][i];
    }
}

void blend_any(const Painter& painter, const Points& at, int count, const Room& room, float* colours, float* confidence) {
    switch (painter.channels) {
        case 3: return blend<3>(painter, at, count, room, colours, confidence);
        case 5: return blend<5>(painter, at, count, room, colours, confidence);
    }
}
