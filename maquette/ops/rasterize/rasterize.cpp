// Rasterization in homogeneous image space: no clipping is needed, because the three edge functions of a triangle
// are linear in (x, y) whatever the sign of w (Olano and Greer 1997, "Triangle scan conversion using 2D
// homogeneous coordinates").
#include <cmath>
#include <limits>

#include "kernel.h"

namespace {

constexpr double kNear = 1e-6;

struct Vertex {
    double x, y, z, w;  // pixel x * w, pixel y * w, camera depth, w
};

struct Triangle {
    double edge[3][3];  // edge[k] . (x, y, 1) is corner k's barycentric weight divided by w, unnormalised
    double sign;
    int64_t x0, x1, y0, y1;  // inclusive pixel bounds
};

// Returns false for a triangle that covers no pixel centre: degenerate, behind the camera or outside the image.
bool set_up(const Vertex* v, int64_t width, int64_t height, Triangle& t) {
    for (int k = 0; k < 3; ++k) {
        const Vertex &a = v[(k + 1) % 3], &b = v[(k + 2) % 3];
        t.edge[k][0] = a.y * b.w - b.y * a.w;
        t.edge[k][1] = a.w * b.x - b.w * a.x;
        t.edge[k][2] = a.x * b.y - b.x * a.y;
    }
    double determinant = v[0].x * t.edge[0][0] + v[0].y * t.edge[0][1] + v[0].w * t.edge[0][2];
    if (!(std::abs(determinant) > 1e-12) || !std::isfinite(determinant)) return false;
    t.sign = determinant > 0 ? 1 : -1;
    double low_x = 0, low_y = 0, high_x = double(width), high_y = double(height);
    if (v[0].w <= kNear && v[1].w <= kNear && v[2].w <= kNear) return false;
    if (v[0].w > kNear && v[1].w > kNear && v[2].w > kNear) {
        double px[3], py[3];
        for (int k = 0; k < 3; ++k) px[k] = v[k].x / v[k].w, py[k] = v[k].y / v[k].w;
        low_x = std::max(low_x, std::min({px[0], px[1], px[2]}));
        low_y = std::max(low_y, std::min({py[0], py[1], py[2]}));
        high_x = std::min(high_x, std::max({px[0], px[1], px[2]}));
        high_y = std::min(high_y, std::max({py[0], py[1], py[2]}));
    }
    if (!(low_x <= high_x) || !(low_y <= high_y)) return false;
    t.x0 = std::max<int64_t>(0, int64_t(std::ceil(low_x - 0.5)));
    t.y0 = std::max<int64_t>(0, int64_t(std::ceil(low_y - 0.5)));
    t.x1 = std::min<int64_t>(width - 1, int64_t(std::floor(high_x - 0.5)));
    t.y1 = std::min<int64_t>(height - 1, int64_t(std::floor(high_y - 0.5)));
    return t.x0 <= t.x1 && t.y0 <= t.y1;
}

}  // namespace

// positions: [views, vertices, 4] doubles (pixel x * w, pixel y * w, depth, w); faces: [faces, 3] int32, in range.
// face_ids: [views, height, width] int32, -1 where nothing is hit; barycentrics: [views, height, width, 2], the
// perspective-correct weights of corners 1 and 2; depths: [views, height, width], 0 where nothing is hit.
MAQUETTE_EXPORT int64_t maquette_rasterize(const double* positions, const int32_t* faces, int32_t* face_ids,
                                           float* barycentrics, float* depths, int64_t views,
                                           int64_t vertex_count, int64_t face_count, int64_t height,
                                           int64_t width) {
    constexpr int64_t kBand = 64;  // rows a piece of work, so that one large view also uses every core
    int64_t bands = (height + kBand - 1) / kBand;
    maquette::parallel_for(views * bands, [&](int64_t piece) {
        int64_t view = piece / bands, first_row = piece % bands * kBand;
        int64_t last_row = std::min(height, first_row + kBand) - 1;
        int64_t offset = view * height * width;
        int32_t* ids = face_ids + offset;
        float *weights = barycentrics + 2 * offset, *zs = depths + offset;
        for (int64_t i = first_row * width; i < (last_row + 1) * width; ++i)
            ids[i] = -1, weights[2 * i] = weights[2 * i + 1] = 0, zs[i] = std::numeric_limits<float>::infinity();
        const double* base = positions + view * vertex_count * 4;
        for (int64_t face = 0; face < face_count; ++face) {
            Vertex v[3];
            for (int k = 0; k < 3; ++k) {
                const double* p = base + 4 * int64_t(faces[3 * face + k]);
                v[k] = {p[0], p[1], p[2], p[3]};
            }
            Triangle t;
            if (!set_up(v, width, height, t)) continue;
            int64_t y1 = std::min(t.y1, last_row);
            for (int64_t y = std::max(t.y0, first_row); y <= y1; ++y) {
                double row[3];
                for (int k = 0; k < 3; ++k) row[k] = t.edge[k][1] * (y + 0.5) + t.edge[k][2];
                for (int64_t x = t.x0; x <= t.x1; ++x) {
                    double b0 = (t.edge[0][0] * (x + 0.5) + row[0]) * t.sign;
                    double b1 = (t.edge[1][0] * (x + 0.5) + row[1]) * t.sign;
                    double b2 = (t.edge[2][0] * (x + 0.5) + row[2]) * t.sign;
                    if (b0 < 0 || b1 < 0 || b2 < 0) continue;
                    double sum = b0 + b1 + b2;
                    if (!(sum > 0)) continue;
                    b1 /= sum, b2 /= sum;
                    b0 = 1 - b1 - b2;
                    if (b0 * v[0].w + b1 * v[1].w + b2 * v[2].w < kNear) continue;
                    float z = float(b0 * v[0].z + b1 * v[1].z + b2 * v[2].z);
                    int64_t i = y * width + x;
                    if (!(z < zs[i])) continue;
                    zs[i] = z, ids[i] = int32_t(face);
                    weights[2 * i] = float(b1), weights[2 * i + 1] = float(b2);
                }
            }
        }
        for (int64_t i = first_row * width; i < (last_row + 1) * width; ++i)
            if (ids[i] < 0) zs[i] = 0;
    });
    return 0;
}

// corner_values: [faces, 3, channels]; out: [pixels, channels], zero where face_ids is -1.
MAQUETTE_EXPORT int64_t maquette_interpolate(const int32_t* face_ids, const float* barycentrics,
                                             const float* corner_values, float* out, int64_t pixels,
                                             int64_t channels) {
    constexpr int64_t kPiece = 1 << 15;
    maquette::parallel_for((pixels + kPiece - 1) / kPiece, [&](int64_t piece) {
        int64_t end = std::min(pixels, (piece + 1) * kPiece);
        for (int64_t i = piece * kPiece; i < end; ++i) {
            float* target = out + i * channels;
            if (face_ids[i] < 0) {
                std::fill(target, target + channels, 0.0f);
                continue;
            }
            float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1], b0 = 1 - b1 - b2;
            const float* a = corner_values + int64_t(face_ids[i]) * 3 * channels;
            for (int64_t c = 0; c < channels; ++c)
                target[c] = b0 * a[c] + b1 * a[channels + c] + b2 * a[2 * channels + c];
        }
    });
    return 0;
}
