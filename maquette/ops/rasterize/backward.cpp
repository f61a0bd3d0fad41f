// Gradients of a pixel's weights and depth with respect to its triangle's corners.
//
// The perspective-correct weights b of a pixel (x, y) solve sum b = 1, sum b (X - x W) = 0 and sum b (Y - y W) = 0
// over the triangle's corners. Differentiating both equations, with b0 = 1 - b1 - b2, gives the two by two system
// that is solved here, transposed, once a pixel.
#include <cmath>

#include "scatter.h"

namespace {

struct Corner {
    double x, y, z, w;
};

}  // namespace

// positions: [views, vertices, 4] doubles as for maquette_rasterize, whose face_ids and barycentrics these are;
// grad_barycentrics: [views, height, width, 2], if has_barycentrics; grad_depths: [views, height, width], if has_depths;
// grad_positions: [views, vertices, 4] doubles, filled. Gradients that are not finite are left out.
MAQUETTE_EXPORT int64_t maquette_rasterize_backward(const double* positions, const int32_t* faces,
                                                    const int32_t* face_ids, const float* barycentrics,
                                                    const float* grad_barycentrics, const float* grad_depths,
                                                    double* grad_positions, int64_t views, int64_t vertex_count,
                                                    int64_t face_count, int64_t height, int64_t width,
                                                    int64_t has_barycentrics, int64_t has_depths) {
    int64_t bands = maquette::bands_of(views);
    maquette::scatter(views * bands, bands, vertex_count * 4, grad_positions, [&](int64_t piece, double* target) {
        int64_t view = piece / bands, band = piece % bands;
        const double* base = positions + view * vertex_count * 4;
        for (int64_t y = height * band / bands; y < height * (band + 1) / bands; ++y) {
            const double row = double(y) + 0.5;
            const int64_t start = (view * height + y) * width;
            for (int64_t x = 0; x < width;) {
                const int32_t face = face_ids[start + x];
                if (uint32_t(face) >= uint64_t(face_count)) {
                    ++x;
                    continue;
                }
                const int32_t* corners = faces + 3 * int64_t(face);
                Corner c[3];
                for (int k = 0; k < 3; ++k) {
                    const double* p = base + 4 * int64_t(corners[k]);
                    c[k] = {p[0], p[1], p[2], p[3]};
                }
                // Along the row A = [[x10, x20], [y10, y20]] changes only through x: a column, then x times a slope.
                const double w10 = c[1].w - c[0].w, w20 = c[2].w - c[0].w;
                const double y10 = c[1].y - c[0].y - row * w10, y20 = c[2].y - c[0].y - row * w20;
                const double z10 = c[1].z - c[0].z, z20 = c[2].z - c[0].z;
                double sum[4] = {}, sum1[4] = {}, sum2[4] = {};  // as it is, and weighted with b1 and b2
                for (; x < width && face_ids[start + x] == face; ++x) {
                    const int64_t i = start + x;
                    const double dz = has_depths ? grad_depths[i] : 0, column = double(x) + 0.5;
                    const double g1 = (has_barycentrics ? grad_barycentrics[2 * i] : 0) + dz * z10;
                    const double g2 = (has_barycentrics ? grad_barycentrics[2 * i + 1] : 0) + dz * z20;
                    const double b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1];
                    const double x10 = c[1].x - c[0].x - column * w10, x20 = c[2].x - c[0].x - column * w20;
                    const double inverse = 1 / (x10 * y20 - x20 * y10);
                    const double hx = (g1 * y20 - g2 * y10) * inverse, hy = (g2 * x10 - g1 * x20) * inverse;
                    const double hw = -(column * hx + row * hy);
                    if (!std::isfinite(hw)) continue;
                    const double h[4] = {-hx, -hy, dz, -hw};
                    for (int j = 0; j < 4; ++j) {
                        sum[j] += h[j];
                        sum1[j] += b1 * h[j];
                        sum2[j] += b2 * h[j];
                    }
                }
                for (int j = 0; j < 4; ++j) {
                    target[4 * int64_t(corners[0]) + j] += sum[j] - sum1[j] - sum2[j];
                    target[4 * int64_t(corners[1]) + j] += sum1[j];
                    target[4 * int64_t(corners[2]) + j] += sum2[j];
                }
            }
        }
    });
    return 0;
}
