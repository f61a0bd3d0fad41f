// Interpolation and antialiasing in one pass each way: what lies between them is never written out as an image.
#include <cmath>
#include <cstring>

#include "antialias/blend.h"
#include "channels.h"
#include "runs.h"
#include "scatter.h"

namespace {

// One view, and what its faces' corners carry.
struct Picture {
    const double* positions;      // [vertices, 4]
    const int32_t* faces;         // [faces, 3], into positions
    const float* values;          // [value vertices, channels]
    const int32_t* value_faces;   // [faces, 3], into values
    const int32_t* face_ids;      // [height, width]
    const float* barycentrics;    // [height, width, 2]
    int64_t face_count, width;
};

}  // namespace

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // wide vectors are passed among functions of this file only
#endif
#define MAQUETTE_BODY "antialias/fused.inl"
#include "isa.h"

namespace {

using namespace maquette;

// sizes: views, vertices, faces, height, width, sets of values (1 or views), value vertices, channels.
struct Pictures {
    const double* positions;
    const int32_t *faces, *value_faces, *face_ids;
    const float *values, *barycentrics;
    const int64_t* sizes;
    Picture operator[](int64_t view) const {
        const int64_t pixels = sizes[3] * sizes[4], own = sizes[5] > 1 ? view : 0;
        return {positions + view * sizes[1] * 4, faces, values + own * sizes[6] * sizes[7], value_faces,
                face_ids + view * pixels, barycentrics + 2 * view * pixels, sizes[2], sizes[4]};
    }
};

}  // namespace

// As maquette_antialias, where out holds what maquette_interpolate_vertices made of the values; 1 to 5 channels.
MAQUETTE_EXPORT int64_t maquette_antialias_interpolated(const double* positions, const int32_t* faces,
                                                        const int32_t* face_ids, const float* barycentrics,
                                                        const float* values, const int32_t* value_faces,
                                                        const Pair* pairs, const int64_t* starts, float* out,
                                                        const int64_t* sizes) try {
    const Pictures pictures{positions, faces, value_faces, face_ids, values, barycentrics, sizes};
    const int64_t channels = sizes[7], stride = sizes[3] * sizes[4] * channels;
    parallel_for(sizes[0], [&](int64_t view) {
        with_channels(channels, [&](auto known) {
            constexpr int kChannels = decltype(known)::value;
            if constexpr (kChannels > 0)
                MAQUETTE_PICK(blend_pairs<kChannels>)(pictures[view], pairs + starts[view],
                                                      starts[view + 1] - starts[view], out + view * stride);
        });
    });
    return 0;
} MAQUETTE_END

// grad: of out. Filled: grad_positions, [views, vertices, 4] doubles, and grad_values as values.
MAQUETTE_EXPORT int64_t maquette_antialias_interpolated_backward(
    const double* positions, const int32_t* faces, const int32_t* face_ids, const float* barycentrics,
    const float* values, const int32_t* value_faces, const Pair* pairs, const int64_t* starts, const float* grad,
    double* grad_positions, float* grad_values, const int64_t* sizes) try {
    const Pictures pictures{positions, faces, value_faces, face_ids, values, barycentrics, sizes};
    const int64_t views = sizes[0], height = sizes[3], channels = sizes[7], stride = height * sizes[4] * channels;
    const int64_t bands = bands_of(views), pieces = views * bands;
    Sums<double> to_positions(pieces, bands, sizes[1] * 4, grad_positions);
    Sums<float> to_values(pieces, sizes[5] > 1 ? bands : pieces, sizes[6] * channels, grad_values);
    parallel_for(pieces, [&](int64_t piece) {
        const int64_t view = piece / bands, band = piece % bands;
        double* by_position = to_positions.open(piece);
        float* by_value = to_values.open(piece);
        with_channels(channels, [&](auto known) {
            constexpr int kChannels = decltype(known)::value;
            if constexpr (kChannels > 0) {
                const float* own = grad + view * stride;
                MAQUETTE_PICK(backward_rows<kChannels>)(pictures[view], own, height * band / bands,
                                                        height * (band + 1) / bands, by_position, by_value);
                if (band == 0)
                    MAQUETTE_PICK(backward_pairs<kChannels>)(pictures[view], pairs + starts[view],
                                                             starts[view + 1] - starts[view], own, by_position,
                                                             by_value);
            }
        });
    });
    to_positions.close();
    to_values.close();
    return 0;
} MAQUETTE_END
