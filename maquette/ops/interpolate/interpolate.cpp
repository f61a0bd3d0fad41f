// Blends what the corners of triangles carry over the pixels that show them, and takes gradients back.
#include <cstring>

#include "channels.h"
#include "runs.h"
#include "scatter.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // wide vectors are passed among functions of this file only
#endif
#define MAQUETTE_BODY "interpolate/loops.inl"
#include "isa.h"

// face_ids: [views, pixels]; barycentrics: [views, pixels, 2]; values: [value_views, vertices, channels], where
// value_views is 1 or views; faces: [faces, 3], in range; out: [views, pixels, channels], zero at no face.
MAQUETTE_EXPORT int64_t maquette_interpolate_vertices(const int32_t* face_ids, const float* barycentrics,
                                                      const float* values, const int32_t* faces, float* out,
                                                      int64_t views, int64_t pixels, int64_t value_views,
                                                      int64_t vertex_count, int64_t face_count, int64_t channels) try {
    constexpr int64_t kPiece = 1 << 15;
    int64_t pieces = (pixels + kPiece - 1) / kPiece;
    maquette::parallel_for(views * pieces, [&](int64_t piece) {
        int64_t view = piece / pieces, begin = piece % pieces * kPiece, count = std::min(pixels - begin, kPiece);
        int64_t first = view * pixels + begin;
        const float* own = values + (value_views > 1 ? view * vertex_count * channels : 0);
        maquette::with_channels(channels, [&](auto known) {
            constexpr int kChannels = decltype(known)::value;
            if constexpr (kChannels > 0)
                MAQUETTE_PICK(forward<kChannels>)(face_ids + first, barycentrics + 2 * first, own, faces,
                                                  out + first * channels, count, face_count);
            else
                MAQUETTE_PICK(forward_any)(face_ids + first, barycentrics + 2 * first, own, faces,
                                           out + first * channels, count, face_count, channels);
        });
    });
    return 0;
} MAQUETTE_END

// As above; grad: [views, pixels, channels]; filled: grad_barycentrics as barycentrics, grad_values as values.
MAQUETTE_EXPORT int64_t maquette_interpolate_backward(const int32_t* face_ids, const float* barycentrics,
                                                      const float* values, const int32_t* faces, const float* grad,
                                                      float* grad_barycentrics, float* grad_values, int64_t views,
                                                      int64_t pixels, int64_t value_views, int64_t vertex_count,
                                                      int64_t face_count, int64_t channels) try {
    int64_t bands = maquette::bands_of(views), pieces = views * bands, size = vertex_count * channels;
    int64_t share = value_views > 1 ? bands : pieces;
    maquette::scatter(pieces, share, size, grad_values, [&](int64_t piece, float* target) {
        int64_t view = piece / bands, band = piece % bands;
        int64_t begin = pixels * band / bands, count = pixels * (band + 1) / bands - begin;
        int64_t first = view * pixels + begin;
        const float* own = values + (value_views > 1 ? view * size : 0);
        maquette::with_channels(channels, [&](auto known) {
            constexpr int kChannels = decltype(known)::value;
            if constexpr (kChannels > 0)
                MAQUETTE_PICK(backward<kChannels>)(face_ids + first, barycentrics + 2 * first, own, faces,
                                                   grad + first * channels, grad_barycentrics + 2 * first, target,
                                                   count, face_count);
            else
                MAQUETTE_PICK(backward_any)(face_ids + first, barycentrics + 2 * first, own, faces,
                                            grad + first * channels, grad_barycentrics + 2 * first, target, count,
                                            face_count, channels);
        });
    });
    return 0;
} MAQUETTE_END
