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

// A function a + b x + c y of the pixel's centre.
struct Linear {
    double a, b, c;
    double at(double x, double y) const { return a + b * x + c * y; }
};

struct Triangle {
    Linear edge[3];  // corner k's barycentric weight divided by w, times a positive constant when inside
    Linear inverse;  // their sum: 1 / w times that constant
    Linear depth;    // camera depth divided by w, times that constant
    int32_t face;
    bool flat;  // w is the same everywhere: `inverse` is a constant and needs no division
    int64_t x0, x1, y0, y1;  // inclusive pixel bounds
};

// Returns false for a triangle that covers no pixel centre: degenerate, behind the camera or outside the image.
bool set_up(const Vertex* v, int64_t width, int64_t height, Triangle& t) {
    for (int k = 0; k < 3; ++k) {
        const Vertex &p = v[(k + 1) % 3], &q = v[(k + 2) % 3];
        t.edge[k] = {p.x * q.y - q.x * p.y, p.y * q.w - q.y * p.w, p.w * q.x - q.w * p.x};
    }
    double determinant = v[0].w * t.edge[0].a + v[0].x * t.edge[0].b + v[0].y * t.edge[0].c;
    if (!(std::abs(determinant) > 1e-12) || !std::isfinite(determinant)) return false;
    if (determinant < 0)
        for (auto& e : t.edge) e = {-e.a, -e.b, -e.c};
    auto sum = [&](double f0, double f1, double f2) -> Linear {
        const Linear* e = t.edge;
        return {f0 * e[0].a + f1 * e[1].a + f2 * e[2].a, f0 * e[0].b + f1 * e[1].b + f2 * e[2].b,
                f0 * e[0].c + f1 * e[1].c + f2 * e[2].c};
    };
    t.inverse = sum(1, 1, 1);
    t.depth = sum(v[0].z, v[1].z, v[2].z);
    t.flat = v[0].w == v[1].w && v[1].w == v[2].w;
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

// Narrows [x0, x1] to where the edge function may be non-negative on a row; a pixel of slack on either side leaves
// the exact decision to the test itself.
void narrow(const Linear& e, double y, int64_t& x0, int64_t& x1) {
    double start = e.a + e.c * y;
    if (std::abs(e.b) < 1e-12) return;
    double crossing = -start / e.b - 0.5;
    if (e.b > 0) {
        if (crossing > double(x0)) x0 = crossing > double(x1) + 2 ? x1 + 1 : int64_t(crossing) - 1 > x0 ? int64_t(crossing) - 1 : x0;
    } else {
        if (crossing < double(x1)) x1 = crossing < double(x0) - 2 ? x0 - 1 : int64_t(crossing) + 1 < x1 ? int64_t(crossing) + 1 : x1;
    }
}

// Writes the ids and depths of one triangle where it is the nearest so far.
void draw(const Triangle& t, int32_t index, int64_t first_row, int64_t last_row, int64_t width, int32_t* ids,
          float* depths) {
    const Linear *e = t.edge, &n = t.inverse, &d = t.depth;
    for (int64_t y = std::max(t.y0, first_row); y <= std::min(t.y1, last_row); ++y) {
        double row = y + 0.5;
        int64_t x0 = t.x0, x1 = t.x1;
        if (x1 - x0 > 4)
            for (int k = 0; k < 3; ++k) narrow(e[k], row, x0, x1);
        double flat_scale = t.flat ? 1 / n.a : 0;
        for (int64_t x = x0; x <= x1; ++x) {
            double column = x + 0.5;
            if (e[0].at(column, row) < 0 || e[1].at(column, row) < 0 || e[2].at(column, row) < 0) continue;
            double scale = flat_scale;
            if (!t.flat) {
                double inverse = n.at(column, row);
                if (!(inverse > 0)) continue;
                scale = 1 / inverse;
            }
            float z = float(d.at(column, row) * scale);
            int64_t i = y * width + x;
            if (z < depths[i]) depths[i] = z, ids[i] = index;
        }
    }
}

}  // namespace

// positions: [views, vertices, 4] doubles (pixel x * w, pixel y * w, depth, w); faces: [faces, 3] int32, in range.
// face_ids: [views, height, width] int32, -1 where nothing is hit; barycentrics: [views, height, width, 2], the
// perspective-correct weights of corners 1 and 2; depths: [views, height, width], 0 where nothing is hit.
MAQUETTE_EXPORT int64_t maquette_rasterize(const double* positions, const int32_t* faces, int32_t* face_ids,
                                           float* barycentrics, float* depths, int64_t views,
                                           int64_t vertex_count, int64_t face_count, int64_t height,
                                           int64_t width) {
    constexpr int64_t kBand = 128;  // rows a piece of work, so that one large view also uses every core
    int64_t bands = (height + kBand - 1) / kBand;
    maquette::parallel_for(views * bands, [&](int64_t piece) {
        int64_t view = piece / bands, first_row = piece % bands * kBand;
        int64_t last_row = std::min(height, first_row + kBand) - 1;
        int64_t offset = view * height * width;
        int32_t* ids = face_ids + offset;
        float *weights = barycentrics + 2 * offset, *zs = depths + offset;
        int64_t begin = first_row * width, end = (last_row + 1) * width;
        std::fill(ids + begin, ids + end, -1);
        std::fill(zs + begin, zs + end, std::numeric_limits<float>::infinity());
        const double* base = positions + view * vertex_count * 4;
        std::vector<Triangle> drawn;
        for (int64_t face = 0; face < face_count; ++face) {
            Vertex v[3];
            for (int k = 0; k < 3; ++k) {
                const double* p = base + 4 * int64_t(faces[3 * face + k]);
                v[k] = {p[0], p[1], p[2], p[3]};
            }
            Triangle t;
            if (!set_up(v, width, height, t) || t.y0 > last_row || t.y1 < first_row) continue;
            t.face = int32_t(face);
            draw(t, int32_t(drawn.size()), first_row, last_row, width, ids, zs);
            drawn.push_back(t);
        }
        // The barycentric weights are worked out once a pixel, for the triangle that won it.
        for (int64_t y = first_row; y <= last_row; ++y)
            for (int64_t x = 0; x < width; ++x) {
                int64_t i = y * width + x;
                if (ids[i] < 0) {
                    weights[2 * i] = weights[2 * i + 1] = zs[i] = 0;
                    continue;
                }
                const Triangle& t = drawn[ids[i]];
                double scale = 1 / t.inverse.at(x + 0.5, y + 0.5);
                weights[2 * i] = float(t.edge[1].at(x + 0.5, y + 0.5) * scale);
                weights[2 * i + 1] = float(t.edge[2].at(x + 0.5, y + 0.5) * scale);
                ids[i] = t.face;
            }
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

// The mean over the samples of each pixel that hit something, s x s samples a pixel.
// out: [views, height, width, channels]; coverage: [views, height, width]; height and width are in pixels.
MAQUETTE_EXPORT int64_t maquette_resolve(const int32_t* face_ids, const float* barycentrics,
                                         const float* corner_values, float* out, float* coverage, int64_t views,
                                         int64_t height, int64_t width, int64_t s, int64_t channels) {
    maquette::parallel_for(views, [&](int64_t view) {
        for (int64_t row = view * height; row < (view + 1) * height; ++row)
            for (int64_t column = 0; column < width; ++column) {
                float* target = out + (row * width + column) * channels;
                std::fill(target, target + channels, 0.0f);
                int64_t hits = 0;
                for (int64_t dy = 0; dy < s; ++dy)
                    for (int64_t dx = 0; dx < s; ++dx) {
                        int64_t i = (row * s + dy) * width * s + column * s + dx;
                        if (face_ids[i] < 0) continue;
                        ++hits;
                        float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1], b0 = 1 - b1 - b2;
                        const float* a = corner_values + int64_t(face_ids[i]) * 3 * channels;
                        for (int64_t c = 0; c < channels; ++c)
                            target[c] += b0 * a[c] + b1 * a[channels + c] + b2 * a[2 * channels + c];
                    }
                for (int64_t c = 0; hits > 0 && c < channels; ++c) target[c] /= float(hits);
                coverage[row * width + column] = float(hits) / float(s * s);
            }
    });
    return 0;
}
