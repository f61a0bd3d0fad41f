// Gradients of a pixel's weights and depth with respect to its triangle's corners.
#include <cmath>
#include <cstring>

#include "runs.h"
#include "scatter.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // wide vectors are passed among functions of this file only
#endif
#define MAQUETTE_BODY "rasterize/backward.inl"
#include "isa.h"

// positions: [views, vertices, 4] doubles as for maquette_rasterize, whose face_ids and barycentrics these are;
// grad_barycentrics: [views, height, width, 2], if has_barycentrics; grad_depths: [views, height, width], if has_depths;
// grad_positions: [views, vertices, 4] doubles, filled. Gradients that are not finite are left out.
MAQUETTE_EXPORT int64_t maquette_rasterize_backward(const double* positions, const int32_t* faces,
                                                    const int32_t* face_ids, const float* barycentrics,
                                                    const float* grad_barycentrics, const float* grad_depths,
                                                    double* grad_positions, int64_t views, int64_t vertex_count,
                                                    int64_t face_count, int64_t height, int64_t width,
                                                    int64_t has_barycentrics, int64_t has_depths) try {
    int64_t bands = maquette::bands_of(views);
    maquette::scatter(views * bands, bands, vertex_count * 4, grad_positions, [&](int64_t piece, double* target) {
        int64_t view = piece / bands, band = piece % bands, pixels = height * width;
        MAQUETTE_PICK(backward)(positions + view * vertex_count * 4, faces, face_ids + view * pixels,
                                barycentrics + 2 * view * pixels,
                                has_barycentrics ? grad_barycentrics + 2 * view * pixels : nullptr,
                                has_depths ? grad_depths + view * pixels : nullptr, target, face_count,
                                height * band / bands, height * (band + 1) / bands, width);
    });
    return 0;
} MAQUETTE_END
