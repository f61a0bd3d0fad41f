// Rasterization in homogeneous image space: no clipping is needed, because the three edge functions of a triangle
// are linear in (x, y) whatever the sign of w (Olano and Greer 1997, "Triangle scan conversion using 2D
// homogeneous coordinates"). The inner loop keeps a face and a depth a pixel; weights are worked out at the end,
// for the triangle that won.
#include <cmath>
#include <cstring>
#include <limits>

#include "kernel.h"
#include "runs.h"
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif
#if defined(__clang__)
#define MAQUETTE_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define MAQUETTE_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, Ints{__VA_ARGS__})
#endif

namespace {

constexpr double kNear = 1e-6;

// A function a + b x + c y of the pixel's centre.
struct Linear {
    double a, b, c;
};

struct Pixel {
    double x, y;  // of a vertex; not a number where the vertex is not in front of the camera
};

// What is needed of a triangle once its pixels are known; as in scan.inl's Batch.
struct Drawn {
    Linear edge1, edge2, inverse, depth;
    int32_t face;
};

}  // namespace

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // wide vectors are passed among functions of this file only
#endif
#define MAQUETTE_BODY "rasterize/scan.inl"
#include "isa.h"

namespace {

using namespace maquette;

std::vector<Pixel> project(const double* positions, int64_t count) {
    std::vector<Pixel> out(static_cast<size_t>(count));
    const double nowhere = std::numeric_limits<double>::quiet_NaN();
    for (int64_t i = 0; i < count; ++i) {
        const double* p = positions + 4 * i;
        out[i] = p[3] > kNear ? Pixel{p[0] / p[3], p[1] / p[3]} : Pixel{nowhere, nowhere};
    }
    return out;
}

// What one thread needs for a band of rows, kept from band to band.
struct Scratch {
    std::vector<int32_t> ids, faces;
    std::vector<float> nearest, barycentrics, depths;
    std::unique_ptr<Drawn[]> drawn;
};

}  // namespace

// positions: [views, vertices, 4] doubles (pixel x * w, pixel y * w, depth, w); faces: [faces, 3] int32, in range.
// face_ids: [views, height, width] int32, -1 where nothing is hit; barycentrics: [views, height, width, 2], the
// perspective-correct weights of corners 1 and 2; depths: [views, height, width], 0 where nothing is hit.
MAQUETTE_EXPORT int64_t maquette_rasterize(const double* positions, const int32_t* faces, int32_t* face_ids,
                                           float* barycentrics, float* depths, int64_t views,
                                           int64_t vertex_count, int64_t face_count, int64_t height,
                                           int64_t width) try {
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
    const auto draw = MAQUETTE_PICK(draw);
    const auto resolve = MAQUETTE_PICK(resolve);
    std::vector<Scratch> scratch(static_cast<size_t>(thread_limit()));
    parallel_for_workers(views * bands, [&](int64_t piece, int64_t worker) {
        int64_t view = piece / bands, first_row = piece % bands * rows;
        int64_t last_row = std::min(height, first_row + rows) - 1;
        Scratch& own = scratch[worker];
        if (!own.drawn) {
            own.drawn.reset(new Drawn[face_count]);
            own.faces.resize(stride), own.barycentrics.resize(2 * stride), own.depths.resize(stride);
        }
        own.ids.assign(static_cast<size_t>(stride * (last_row - first_row + 1)), -1);
        own.nearest.assign(own.ids.size(), std::numeric_limits<float>::infinity());
        draw(positions + view * vertex_count * 4, pixels[view].data(), faces, face_count, first_row, last_row, height,
             width, stride, own.ids.data(), own.nearest.data(), own.drawn.get());
        for (int64_t y = first_row; y <= last_row; ++y) {
            const int32_t* ids = own.ids.data() + (y - first_row) * stride;
            const int64_t i = (view * height + y) * width;
            if (width >= 8 && y < last_row) {  // what goes beyond the row is written again with the next
                resolve(ids, own.drawn.get(), y, width, face_ids + i, barycentrics + 2 * i, depths + i);
                continue;
            }
            resolve(ids, own.drawn.get(), y, width, own.faces.data(), own.barycentrics.data(), own.depths.data());
            std::copy(own.faces.begin(), own.faces.begin() + width, face_ids + i);
            std::copy(own.barycentrics.begin(), own.barycentrics.begin() + 2 * width, barycentrics + 2 * i);
            std::copy(own.depths.begin(), own.depths.begin() + width, depths + i);
        }
    });
    return 0;
} MAQUETTE_END
