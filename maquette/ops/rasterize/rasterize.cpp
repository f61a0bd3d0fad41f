// Rasterization in homogeneous image space: no clipping is needed, because the three edge functions of a triangle
// are linear in (x, y) whatever the sign of w (Olano and Greer 1997, "Triangle scan conversion using 2D
// homogeneous coordinates"). The inner loop keeps a face and a depth a pixel; weights are worked out at the end,
// for the triangle that won.
#include <cmath>
#include <cstring>
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
    bool flat;    // w is the same everywhere: `inverse` is a constant and needs no division
    bool single;  // `inverse` and `depth` are of a size that single precision holds
    int64_t x0, x1, y0, y1;  // inclusive pixel bounds
};

// The edge functions; false for a triangle without an area.
inline bool set_up(const Vertex* v, Triangle& t) {
    for (int k = 0; k < 3; ++k) {
        const Vertex &p = v[(k + 1) % 3], &q = v[(k + 2) % 3];
        t.edge[k] = {p.x * q.y - q.x * p.y, p.y * q.w - q.y * p.w, p.w * q.x - q.w * p.x};
    }
    double determinant = v[0].w * t.edge[0].a + v[0].x * t.edge[0].b + v[0].y * t.edge[0].c;
    if (!(std::abs(determinant) > 1e-12) || !std::isfinite(determinant)) return false;
    if (determinant < 0)
        for (auto& e : t.edge) e = {-e.a, -e.b, -e.c};
    const Linear* e = t.edge;
    auto sum = [&](double f0, double f1, double f2) -> Linear {
        return {f0 * e[0].a + f1 * e[1].a + f2 * e[2].a, f0 * e[0].b + f1 * e[1].b + f2 * e[2].b,
                f0 * e[0].c + f1 * e[1].c + f2 * e[2].c};
    };
    t.inverse = sum(1, 1, 1);
    t.depth = sum(v[0].z, v[1].z, v[2].z);
    t.flat = v[0].w == v[1].w && v[1].w == v[2].w;
    auto held = [](const Linear& f) {
        const double size = std::abs(f.a) + (std::abs(f.b) + std::abs(f.c)) * 32768;
        return size > 1e-20 && size < 1e30;
    };
    t.single = held(t.inverse) && held(t.depth);
    return true;
}

// The first and the last pixel whose centre lies in [low, high], clipped to the image.
inline int64_t first_centre(double low, int64_t size) {
    if (!(low > 0.5)) return 0;
    if (low > double(size)) return size;
    int64_t i = int64_t(low - 0.5);
    return i + (double(i) < low - 0.5);
}
inline int64_t last_centre(double high, int64_t size) {
    if (!(high < double(size) - 0.5)) return size - 1;
    return high < 0.5 ? -1 : int64_t(high - 0.5);
}

// Narrows [x0, x1] to where the edge function may be non-negative on a row; a pixel of slack on either side leaves
// the exact decision to the test itself.
inline void narrow(const Linear& e, double y, int64_t& x0, int64_t& x1) {
    double start = e.a + e.c * y;
    if (std::abs(e.b) < 1e-12) return;
    double crossing = -start / e.b - 0.5;
    if (e.b > 0) {
        if (crossing > double(x0))
            x0 = crossing > double(x1) + 2 ? x1 + 1 : std::max(x0, int64_t(crossing) - 1);
    } else {
        if (crossing < double(x1))
            x1 = crossing < double(x0) - 2 ? x0 - 1 : std::min(x1, int64_t(crossing) + 1);
    }
}

}  // namespace

#define MAQUETTE_BODY "rasterize/scan.inl"
#include "isa.h"

namespace {

using namespace maquette;

// One view's corners of a face.
inline void gather(const double* positions, const int32_t* face, Vertex* v) {
    for (int k = 0; k < 3; ++k) {
        const double* p = positions + 4 * int64_t(face[k]);
        v[k] = {p[0], p[1], p[2], p[3]};
    }
}

// Slivers round to weights beyond 0 or 1.
inline float share(double weight) { return weight > 0 ? float(std::min(weight, 1.0)) : 0.0f; }

struct Pixel {
    double x, y;  // of a vertex; not a number where the vertex is not in front of the camera
};

std::vector<Pixel> project(const double* positions, int64_t count) {
    std::vector<Pixel> out(static_cast<size_t>(count));
    const double nowhere = std::numeric_limits<double>::quiet_NaN();
    for (int64_t i = 0; i < count; ++i) {
        const double* p = positions + 4 * i;
        out[i] = p[3] > kNear ? Pixel{p[0] / p[3], p[1] / p[3]} : Pixel{nowhere, nowhere};
    }
    return out;
}

// What is needed of a triangle once its pixels are known.
struct Drawn {
    Linear edge1, edge2, inverse, depth;
    int32_t face;
};

std::vector<Drawn> draw(const double* positions, const std::vector<Pixel>& pixels, const int32_t* faces,
                        int64_t face_count, int64_t first_row, int64_t last_row, int64_t height, int64_t width,
                        int64_t stride, int32_t* ids, float* depths) {
    std::vector<Drawn> drawn;
    drawn.reserve(size_t(face_count));
    const auto scan = MAQUETTE_PICK(scan);
    for (int64_t face = 0; face < face_count; ++face) {
        const int32_t* corners = faces + 3 * face;
        const Pixel a = pixels[corners[0]], b = pixels[corners[1]], c = pixels[corners[2]];
        Triangle t;
        if (a.x == a.x && b.x == b.x && c.x == c.x) {
            t.y0 = first_centre(std::min({a.y, b.y, c.y}), height);
            t.y1 = last_centre(std::max({a.y, b.y, c.y}), height);
            if (t.y0 > t.y1 || t.y0 > last_row || t.y1 < first_row) continue;
            t.x0 = first_centre(std::min({a.x, b.x, c.x}), width);
            t.x1 = last_centre(std::max({a.x, b.x, c.x}), width);
            if (t.x0 > t.x1) continue;
        } else {
            if (a.x != a.x && b.x != b.x && c.x != c.x) continue;  // behind the camera
            t.x0 = t.y0 = 0, t.x1 = width - 1, t.y1 = height - 1;
        }
        Vertex v[3];
        gather(positions, corners, v);
        if (!set_up(v, t)) continue;
        scan(t, int32_t(drawn.size()), first_row, last_row, stride, ids, depths);
        drawn.push_back({t.edge[1], t.edge[2], t.inverse, t.depth, int32_t(face)});
    }
    return drawn;
}

}  // namespace

// positions: [views, vertices, 4] doubles (pixel x * w, pixel y * w, depth, w); faces: [faces, 3] int32, in range.
// face_ids: [views, height, width] int32, -1 where nothing is hit; barycentrics: [views, height, width, 2], the
// perspective-correct weights of corners 1 and 2; depths: [views, height, width], 0 where nothing is hit.
MAQUETTE_EXPORT int64_t maquette_rasterize(const double* positions, const int32_t* faces, int32_t* face_ids,
                                           float* barycentrics, float* depths, int64_t views,
                                           int64_t vertex_count, int64_t face_count, int64_t height,
                                           int64_t width) {
    if (height <= 0 || width <= 0) return 0;
    // Each band of rows goes through all faces: several a view only where there are fewer views than threads. The
    // bands change nothing: a tie in depth goes to the lower face.
    int64_t bands = views >= thread_limit() ? 1 : std::min(height, 2 * thread_limit() / std::max<int64_t>(views, 1));
    int64_t rows = (height + bands - 1) / bands, stride = width + 8;
    bands = (height + rows - 1) / rows;
    std::vector<std::vector<Pixel>> pixels(static_cast<size_t>(views));
    parallel_for(views, [&](int64_t view) {
        pixels[view] = project(positions + view * vertex_count * 4, vertex_count);
    });
    parallel_for(views * bands, [&](int64_t piece) {
        int64_t view = piece / bands, first_row = piece % bands * rows;
        int64_t last_row = std::min(height, first_row + rows) - 1;
        const double* base = positions + view * vertex_count * 4;
        std::vector<int32_t> ids(static_cast<size_t>(stride * (last_row - first_row + 1)), -1);
        std::vector<float> nearest(ids.size(), std::numeric_limits<float>::infinity());
        const std::vector<Drawn> drawn = draw(base, pixels[view], faces, face_count, first_row, last_row, height,
                                              width, stride, ids.data(), nearest.data());
        for (int64_t y = first_row; y <= last_row; ++y) {
            const int32_t* id = ids.data() + (y - first_row) * stride;
            int64_t i = (view * height + y) * width;
            for (int64_t x = 0; x < width; ++x, ++i) {
                if (id[x] < 0) {
                    face_ids[i] = -1;
                    barycentrics[2 * i] = barycentrics[2 * i + 1] = depths[i] = 0;
                    continue;
                }
                const Drawn& t = drawn[id[x]];
                const double column = double(x) + 0.5, row = double(y) + 0.5, scale = 1 / t.inverse.at(column, row);
                face_ids[i] = t.face;
                barycentrics[2 * i] = share(t.edge1.at(column, row) * scale);
                barycentrics[2 * i + 1] = share(t.edge2.at(column, row) * scale);
                depths[i] = float(t.depth.at(column, row) * scale);
            }
        }
    });
    return 0;
}
