// What the parts of the splat kernel share: constants of the definition (reference.py has the same), and layouts.
#pragma once
#include <cmath>
#include <cstring>
#include <utility>

#include "kernel.h"

#if (defined(__x86_64__) || defined(_M_X64)) && (defined(__GNUC__) || defined(__clang__))
#define MAQUETTE_X86 1
#include <immintrin.h>
#endif

#if (defined(__GNUC__) || defined(__clang__)) && !defined(__SANITIZE_ADDRESS__)  // with it, inlining takes hours
#define MAQUETTE_INLINE static inline __attribute__((always_inline))
#else
#define MAQUETTE_INLINE static inline
#endif

namespace maquette {
namespace splat {

// The place of the lowest bit of a number that is not 0.
MAQUETTE_INLINE int lowest_bit(uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(bits);
#else
    int place = 0;
    while (!(bits >> place & 1)) ++place;
    return place;
#endif
}

// Asks for memory before its turn.
MAQUETTE_INLINE void prefetch(const void* at) {
#if defined(__GNUC__) || defined(__clang__)
    __builtin_prefetch(at);
#endif
}

constexpr float kNear = 0.01f;              // world units
constexpr float kBlur = 0.3f;               // square pixels, added to a Gaussian's variance on the screen
constexpr float kDot = 2.0f;                // a surfel's filter: distance^2 * kDot, as its own u^2 + v^2
constexpr float kThin = 1e-6f;              // square pixels: a surfel's area below which it is only a dot
constexpr float kMaxAlpha = 0.999f;
constexpr float kStop = 1e-4f;              // transmittance at which a pixel is finished
constexpr float kMinLog2 = -7.9943534369f;  // log2(1/255): the least alpha that counts
constexpr float kLog2E = 1.44269504089f;

constexpr int kTile = 16, kPixels = kTile * kTile;  // a tile's pixels are stored as 4 x 4 blocks of 4 x 4
constexpr int kRecord = 16;                         // floats a projected Gaussian
constexpr int kState = 5;                           // floats a pixel that the backward pass needs

// Records: centre x, y, log2 opacity, depth, colour (3), normal (3), then for a Gaussian the three coefficients of
// log2 alpha, for a surfel the inverse of its Jacobian (4) and its slope (2).
enum Record { kX, kY, kOpacity, kDepth, kColor, kNormal = kColor + 3, kShape = kNormal + 3 };

// Sums over an entry's pixels of gradients: by log opacity, colour, shape, and, with geometry, depth and normal.
// Shape of a Gaussian: s dx, s dy, s dx^2, s dx dy, s dy^2. Shape of a surfel: inverse Jacobian (4), u, v, centre (2),
// slope (2).
constexpr int kGaussianSums = 9, kGaussianGeometrySums = 13, kSurfelSums = 18;

struct Camera {  // one row of 24 floats; see _cpu.py
    float r[9], t[3], fx, fy, cx, cy;
    float eye[3];                    // its centre; orthographic: its forward axis
    float left, right, top, bottom;  // tangents at which the Jacobian's place is clamped
    float unused;
};

struct Cloud {
    const float *means, *wxyz, *scales, *opacities, *harmonics;
    const float* offsets;  // [views, count, 2] or null
    int64_t count, coefficients, axes;
    bool perspective;
    int64_t width, height;
};

struct Gradients {
    float *means, *wxyz, *scales, *opacities, *harmonics, *offsets;
};

struct Projected {  // of one view
    float* records;
    int16_t* boxes;  // first and last-plus-one pixel: x0, y0, x1, y1; empty where not visible
    float* radii;
};

struct Entries {  // of all views
    const uint32_t* gaussian;  // within the view, nearest first in each tile
    const uint32_t* slot;      // where its sums go: those of a Gaussian are together
    const int64_t* tiles;      // where each tile's entries begin; one more than there are tiles
};

struct Pictures {
    float *color, *alpha, *depth, *normals, *distortion, *median;
};

struct Blend {
    int64_t width, height, across, down, count;  // pixels, tiles, Gaussians
    bool perspective, geometry, surfels;
    const float* records;
    const int16_t* boxes;
    Entries entries;
    float background[3];
    float* state;  // [tiles, kState, kPixels]
    Pictures out;
    // Backward: gradients of the pictures, null where there are none, and the sums of each entry.
    const float *v_color, *v_alpha, *v_depth, *v_normals, *v_distortion, *v_median;
    float* sums;  // [slots, stride]
};

}  // namespace splat
}  // namespace maquette
