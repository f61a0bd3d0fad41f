// Blends what the corners of triangles carry over the pixels that show them, and takes gradients back.
#include "channels.h"
#include "scatter.h"

namespace {

// One pixel: target = b0 a0 + b1 a1 + b2 a2. kChannels is 0 where only `channels` knows.
template <int kChannels>
inline void blend(float b1, float b2, const float* a0, const float* a1, const float* a2, float* target,
                  int64_t channels) {
    const float b0 = 1 - b1 - b2;
    const int64_t count = kChannels ? kChannels : channels;
    for (int64_t c = 0; c < count; ++c) target[c] = b0 * a0[c] + b1 * a1[c] + b2 * a2[c];
}

template <int kChannels>
void forward(const int32_t* face_ids, const float* barycentrics, const float* values, const int32_t* faces,
             float* out, int64_t pixels, int64_t face_count, int64_t channels) {
    for (int64_t i = 0; i < pixels; ++i) {
        const int64_t count = kChannels ? kChannels : channels;
        float* target = out + i * count;
        if (uint32_t(face_ids[i]) >= uint64_t(face_count)) {
            std::fill(target, target + count, 0.0f);
            continue;
        }
        const int32_t* f = faces + 3 * int64_t(face_ids[i]);
        blend<kChannels>(barycentrics[2 * i], barycentrics[2 * i + 1], values + f[0] * count,
                         values + f[1] * count, values + f[2] * count, target, channels);
    }
}

// `backward` with what neighbouring pixels of one face share kept in registers.
template <int kChannels>
void backward_in_runs(const int32_t* face_ids, const float* barycentrics, const float* values, const int32_t* faces,
                      const float* grad, float* grad_barycentrics, float* target, int64_t pixels,
                      int64_t face_count) {
    for (int64_t i = 0; i < pixels;) {
        const int32_t face = face_ids[i];
        if (uint32_t(face) >= uint64_t(face_count)) {
            grad_barycentrics[2 * i] = grad_barycentrics[2 * i + 1] = 0;
            ++i;
            continue;
        }
        const int64_t at[3] = {faces[3 * int64_t(face)] * int64_t(kChannels),
                               faces[3 * int64_t(face) + 1] * int64_t(kChannels),
                               faces[3 * int64_t(face) + 2] * int64_t(kChannels)};
        float a10[kChannels], a20[kChannels], sum[kChannels] = {}, sum1[kChannels] = {}, sum2[kChannels] = {};
        for (int c = 0; c < kChannels; ++c) {
            a10[c] = values[at[1] + c] - values[at[0] + c];
            a20[c] = values[at[2] + c] - values[at[0] + c];
        }
        for (; i < pixels && face_ids[i] == face; ++i) {
            const float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1];
            const float* g = grad + i * kChannels;
            float d1 = 0, d2 = 0;
            for (int c = 0; c < kChannels; ++c) {
                d1 += g[c] * a10[c];
                d2 += g[c] * a20[c];
                sum[c] += g[c];
                sum1[c] += b1 * g[c];
                sum2[c] += b2 * g[c];
            }
            grad_barycentrics[2 * i] = d1;
            grad_barycentrics[2 * i + 1] = d2;
        }
        for (int c = 0; c < kChannels; ++c) {
            target[at[0] + c] += sum[c] - sum1[c] - sum2[c];
            target[at[1] + c] += sum1[c];
            target[at[2] + c] += sum2[c];
        }
    }
}

// Adds to `target` what the pixels say of the values, and sets their own weights' gradients.
template <int kChannels>
void backward(const int32_t* face_ids, const float* barycentrics, const float* values, const int32_t* faces,
              const float* grad, float* grad_barycentrics, float* target, int64_t pixels, int64_t face_count,
              int64_t channels) {
    const int64_t count = kChannels ? kChannels : channels;
    if (kChannels) return backward_in_runs<kChannels ? kChannels : 1>(face_ids, barycentrics, values, faces, grad,
                                                                      grad_barycentrics, target, pixels, face_count);
    for (int64_t i = 0; i < pixels; ++i) {
        float d1 = 0, d2 = 0;
        if (uint32_t(face_ids[i]) < uint64_t(face_count)) {
            const int32_t* f = faces + 3 * int64_t(face_ids[i]);
            const int64_t at[3] = {f[0] * count, f[1] * count, f[2] * count};
            const float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1], b0 = 1 - b1 - b2;
            const float* g = grad + i * count;
            for (int64_t c = 0; c < count; ++c) {
                const float a0 = values[at[0] + c];
                d1 += g[c] * (values[at[1] + c] - a0);
                d2 += g[c] * (values[at[2] + c] - a0);
                target[at[0] + c] += b0 * g[c];
                target[at[1] + c] += b1 * g[c];
                target[at[2] + c] += b2 * g[c];
            }
        }
        grad_barycentrics[2 * i] = d1;
        grad_barycentrics[2 * i + 1] = d2;
    }
}

}  // namespace

// face_ids: [views, pixels]; barycentrics: [views, pixels, 2]; values: [value_views, vertices, channels], where
// value_views is 1 or views; faces: [faces, 3], in range; out: [views, pixels, channels], zero at no face.
MAQUETTE_EXPORT int64_t maquette_interpolate_vertices(const int32_t* face_ids, const float* barycentrics,
                                                      const float* values, const int32_t* faces, float* out,
                                                      int64_t views, int64_t pixels, int64_t value_views,
                                                      int64_t vertex_count, int64_t face_count, int64_t channels) {
    constexpr int64_t kPiece = 1 << 15;
    int64_t pieces = (pixels + kPiece - 1) / kPiece;
    maquette::parallel_for(views * pieces, [&](int64_t piece) {
        int64_t view = piece / pieces, begin = piece % pieces * kPiece, count = std::min(pixels - begin, kPiece);
        int64_t first = view * pixels + begin;
        const float* own = values + (value_views > 1 ? view * vertex_count * channels : 0);
        maquette::with_channels(channels, [&](auto known) {
            forward<decltype(known)::value>(face_ids + first, barycentrics + 2 * first, own, faces,
                                            out + first * channels, count, face_count, channels);
        });
    });
    return 0;
}

// As above; grad: [views, pixels, channels]; filled: grad_barycentrics as barycentrics, grad_values as values.
MAQUETTE_EXPORT int64_t maquette_interpolate_backward(const int32_t* face_ids, const float* barycentrics,
                                                      const float* values, const int32_t* faces, const float* grad,
                                                      float* grad_barycentrics, float* grad_values, int64_t views,
                                                      int64_t pixels, int64_t value_views, int64_t vertex_count,
                                                      int64_t face_count, int64_t channels) {
    int64_t bands = maquette::bands_of(views), pieces = views * bands, size = vertex_count * channels;
    int64_t share = value_views > 1 ? bands : pieces;
    maquette::scatter(pieces, share, size, grad_values, [&](int64_t piece, float* target) {
        int64_t view = piece / bands, band = piece % bands;
        int64_t begin = pixels * band / bands, count = pixels * (band + 1) / bands - begin;
        int64_t first = view * pixels + begin;
        const float* own = values + (value_views > 1 ? view * size : 0);
        maquette::with_channels(channels, [&](auto known) {
            backward<decltype(known)::value>(face_ids + first, barycentrics + 2 * first, own, faces,
                                             grad + first * channels, grad_barycentrics + 2 * first, target, count,
                                             face_count, channels);
        });
    });
    return 0;
}
