// The loops of fused.cpp, compiled for several instruction sets (isa.h).
#include "quad.inl"
#include "gradients.inl"

// What a pixel shows: kChannels numbers, zero where there is no face.
template <int kChannels>
inline void shown(const Picture& picture, int64_t pixel, float* out) {
    const int32_t face = picture.face_ids[pixel];
    if (uint32_t(face) >= uint64_t(picture.face_count)) {
        std::fill(out, out + kChannels, 0.0f);
        return;
    }
    const Corners<kChannels> corners(picture.values, picture.value_faces + 3 * int64_t(face));
    corners.blend(picture.barycentrics[2 * pixel], picture.barycentrics[2 * pixel + 1], out);
}

// Blends the pairs into out, which holds the interpolated picture.
template <int kChannels>
void blend_pairs(const Picture& picture, const maquette::Pair* pairs, int64_t count, float* out) {
    for (int64_t i = 0; i < count; ++i) {
        const maquette::Blend b = maquette::blend(pairs[i], picture.positions, picture.width);
        const float share = float(b.weight * std::abs(b.m));
        float to[kChannels], from[kChannels];
        shown<kChannels>(picture, b.target, to);
        shown<kChannels>(picture, b.source, from);
        for (int c = 0; c < kChannels; ++c) out[b.target * kChannels + c] += share * (from[c] - to[c]);
    }
}

// Adds what the interpolated pixels of some rows say of the positions and of the values.
template <int kChannels>
void backward_rows(const Picture& picture, const float* grad, int64_t first_row, int64_t end_row,
                   double* to_positions, float* to_values) {
    const int64_t width = picture.width, end = end_row * width;
    for (int64_t y = first_row; y < end_row; ++y) {
        for (int64_t x = 0; x < width;) {
            const int64_t i = y * width + x;
            const int32_t face = picture.face_ids[i];
            int64_t run = maquette::run_length(picture.face_ids + i, width - x);
            if (uint32_t(face) >= uint64_t(picture.face_count)) {
                x += run;
                continue;
            }
            const int32_t *corners = picture.faces + 3 * int64_t(face), *names = picture.value_faces + 3 * int64_t(face);
            PositionSums positions(picture.positions, corners, double(y) + 0.5);
            ValueSums<kChannels> values(picture.values, names);
            for (int64_t done = 0;;) {
                for (; done < run; done += 4) {
                    QuadF b1, b2, g1, g2;
                    load_pairs(picture.barycentrics, i + done, end, b1, b2);
                    values.add(grad + (i + done) * kChannels, end - i - done, b1, b2, run - done, g1, g2);
                    positions.add<false>(double(x + done) + 0.5, widen(b1), widen(b2), widen(g1), widen(g2), Quad{},
                                         run - done);
                }
                if (run % 8 || x + run == width || picture.face_ids[i + run] != face) break;
                run += maquette::run_length(picture.face_ids + i + run, width - x - run);
            }
            positions.scatter(to_positions, corners);
            values.scatter(to_values, names);
            x += run;
        }
    }
}

// Adds what one interpolated pixel says, where its gradient is this.
template <int kChannels>
inline void backward_pixel(const Picture& picture, int64_t pixel, const float* grad, double* to_positions,
                           float* to_values) {
    const int32_t face = picture.face_ids[pixel];
    if (uint32_t(face) >= uint64_t(picture.face_count)) return;
    const int32_t *corners = picture.faces + 3 * int64_t(face), *names = picture.value_faces + 3 * int64_t(face);
    PositionSums positions(picture.positions, corners, double(pixel / picture.width) + 0.5);
    ValueSums<kChannels> values(picture.values, names);
    QuadF b1, b2, g1, g2;
    load_pairs(picture.barycentrics, pixel, pixel + 1, b1, b2);
    values.add(grad, 1, b1, b2, 1, g1, g2);
    positions.add<false>(double(pixel % picture.width) + 0.5, widen(b1), widen(b2), widen(g1), widen(g2), Quad{}, 1);
    positions.scatter(to_positions, corners);
    values.scatter(to_values, names);
}

// Adds what the pairs' blending says: by the outline's place, and by what the two pixels show.
template <int kChannels>
void backward_pairs(const Picture& picture, const maquette::Pair* pairs, int64_t count, const float* grad,
                    double* to_positions, float* to_values) {
    for (int64_t i = 0; i < count; ++i) {
        const maquette::Pair& pair = pairs[i];
        const maquette::Blend b = maquette::blend(pair, picture.positions, picture.width);
        const float share = float(b.weight * std::abs(b.m));
        const float* g = grad + b.target * kChannels;
        float near_color[kChannels], far_color[kChannels], less[kChannels], more[kChannels];
        shown<kChannels>(picture, pair.near_pixel, near_color);
        shown<kChannels>(picture, pair.far_pixel, far_color);
        double change = 0;  // of the loss by weight times m
        for (int c = 0; c < kChannels; ++c) {
            change += double(g[c]) * (near_color[c] - far_color[c]);
            less[c] = -share * g[c], more[c] = share * g[c];
        }
        const int64_t ends[2] = {4 * int64_t(pair.a), 4 * int64_t(pair.b)};
        maquette::add_gradient(picture.positions + ends[0], b.by_a, change, to_positions + ends[0]);
        maquette::add_gradient(picture.positions + ends[1], b.by_b, change, to_positions + ends[1]);
        backward_pixel<kChannels>(picture, b.target, less, to_positions, to_values);
        backward_pixel<kChannels>(picture, b.source, more, to_positions, to_values);
    }
}
