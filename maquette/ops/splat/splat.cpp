// Gaussian splatting on the CPU: projection, sorting into tiles, blending, and all of it backward.
#include "splat.h"

namespace maquette {
namespace splat {

namespace plain {
#include "lanes_plain.h"
#include "blend.h"
#include "project.h"
}  // namespace plain

#if MAQUETTE_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace avx2 {
#include "lanes_avx2.h"
#include "blend.h"
#include "project.h"
}  // namespace avx2
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx2,fma")
#endif
namespace avx512 {
#include "lanes_avx512.h"
#include "blend.h"
#include "project.h"
}  // namespace avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

struct Kernels {
    decltype(&plain::project) project;
    decltype(&plain::project_backward) project_backward;
    decltype(&plain::blend_forward) blend;
    decltype(&plain::blend_backward) blend_backward;
};

// The widest that this machine has, or that the environment's MAQUETTE_LANES (4, 8 or 16) allows.
static Kernels kernels() {
#if MAQUETTE_X86
    const char* asked = std::getenv("MAQUETTE_LANES");
    const int most = asked ? std::atoi(asked) : 16;
    if (most >= 16 && __builtin_cpu_supports("avx512f"))
        return {avx512::project, avx512::project_backward, avx512::blend_forward, avx512::blend_backward};
    if (most >= 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return {avx2::project, avx2::project_backward, avx2::blend_forward, avx2::blend_backward};
#endif
    return {plain::project, plain::project_backward, plain::blend_forward, plain::blend_backward};
}

constexpr int64_t kBlock = 256;   // Gaussians a piece of work; a multiple of every kLanes
constexpr int64_t kPieces = 16;   // of a view's Gaussians when they are put into tiles

// The tiles that a box meets: first column and row, and how many.
struct Grid { int64_t column, row, wide, tall; };
static Grid grid_of(const int16_t* box) {
    const int64_t column = box[0] / kTile, row = box[1] / kTile;
    return {column, row, (box[2] + kTile - 1) / kTile - column, (box[3] + kTile - 1) / kTile - row};
}

constexpr int64_t kMasked = 8;  // tiles: boxes of up to this many a side say by bits which they meet

// Bit row * kMasked + column for each tile of a small box that holds some pixel centre where alpha reaches 1/255;
// all of them for a surfel.
static uint64_t tile_mask(const float* record, const int16_t* box, bool surfel) {
    if (box[0] >= box[2]) return 0;
    const Grid grid = grid_of(box);
    if (grid.wide > kMasked || grid.tall > kMasked) return ~uint64_t(0);
    const uint64_t whole = (uint64_t(1) << grid.wide) - 1;
    uint64_t mask = 0;
    if (surfel || grid.wide == 1 || grid.tall == 1) {
        for (int64_t row = 0; row < grid.tall; ++row) mask |= whole << row * kMasked;
        return mask;
    }
    // The ellipse a dx^2 + 2 b dx dy + c dy^2 <= reach, a little widened for rounding; its rightmost point is at dy =
    // widest. A row of tiles meets it between where its lines cut it, or as far as that point.
    const float a = record[kShape], b = record[kShape + 1] / 2, c = record[kShape + 2];
    const float reach = (record[kOpacity] - kMinLog2) * 1.001f + 1e-3f, over = 1 / a;
    const float curve = a * c - b * b, width = std::sqrt(reach * c / curve), widest = -b * width / c;
    const auto side = [&](float dy) { return std::sqrt(std::max(a * reach - curve * dy * dy, 0.0f)); };
    for (int64_t row = 0; row < grid.tall; ++row) {
        const float low = float((grid.row + row) * kTile) - record[kY], high = low + kTile;
        const float up = std::min(std::max(widest, low), high), down = std::min(std::max(-widest, low), high);
        const float right = record[kX] + (side(up) - b * up) * over + 0.51f;
        const float left = record[kX] - (side(down) + b * down) * over - 0.51f;
        const float from = left * (1.0f / kTile) - float(grid.column), to = right * (1.0f / kTile) - float(grid.column);
        if (!(from <= to)) continue;
        const int first = int(std::min(std::max(from, 0.0f), float(kMasked)));
        const int end = int(std::floor(std::min(std::max(to, -1.0f), float(grid.wide - 1)))) + 1;
        if (first < end) mask |= (whole >> first << first & ((uint64_t(1) << end) - 1)) << row * kMasked;
    }
    return mask;
}

static int64_t tile_count(const int16_t* box, uint64_t mask) {
    if (mask != ~uint64_t(0)) {
        int64_t count = 0;
        for (; mask; mask &= mask - 1) ++count;
        return count;
    }
    const Grid grid = grid_of(box);
    return grid.wide * grid.tall;
}

// Calls use(tile) for each of them.
template <class Use>
static void for_each_tile(const int16_t* box, uint64_t mask, int64_t across, Use use) {
    const Grid grid = grid_of(box);
    if (mask == ~uint64_t(0)) {  // no small box's mask, or all tiles of an 8 x 8 one
        for (int64_t row = 0; row < grid.tall; ++row)
            for (int64_t column = 0; column < grid.wide; ++column)
                use((grid.row + row) * across + grid.column + column);
        return;
    }
    for (int64_t row = 0; mask; ++row, mask >>= kMasked)
        for (int64_t column = 0; column < kMasked; ++column)
            if (mask >> column & 1) use((grid.row + row) * across + grid.column + column);
}

// Indices of the visible Gaussians of a view, nearest first and then by index: a radix sort of the depths' bits.
static std::vector<uint32_t> by_depth(const float* records, const int16_t* boxes, int64_t count) {
    struct Item { uint32_t key, index; };
    std::vector<Item> items, other;
    items.reserve(count);
    for (int64_t i = 0; i < count; ++i)
        if (boxes[4 * i] < boxes[4 * i + 2]) {
            uint32_t key;  // depths are positive, so their bits are in their order
            std::memcpy(&key, records + i * kRecord + kDepth, 4);
            items.push_back({key, uint32_t(i)});
        }
    other.resize(items.size());
    constexpr int kBits = 11;
    for (int shift = 0; shift < 32; shift += kBits) {
        size_t starts[1 << kBits] = {};
        for (const Item& item : items) ++starts[item.key >> shift & ((1 << kBits) - 1)];
        size_t total = 0;
        for (size_t& start : starts) {
            const size_t here = start;
            start = total, total += here;
        }
        for (const Item& item : items) other[starts[item.key >> shift & ((1 << kBits) - 1)]++] = item;
        items.swap(other);
    }
    std::vector<uint32_t> order(items.size());
    for (size_t i = 0; i < items.size(); ++i) order[i] = items[i].index;
    return order;
}

static Cloud cloud_of(const float* means, const float* wxyz, const float* scales, const float* opacities,
                      const float* harmonics, const float* offsets, const int64_t* sizes) {
    return {means, wxyz, scales, opacities, harmonics, sizes[7] ? offsets : nullptr, sizes[1], sizes[2], sizes[3],
            sizes[4] != 0, sizes[5], sizes[6]};
}

}  // namespace splat
}  // namespace maquette

using namespace maquette;
using namespace maquette::splat;

// sizes: views, Gaussians, coefficients, axes (3, or 2 for surfels), perspective, width, height, offsets given.
// Writes records, boxes, masks, radii [views, Gaussians, ...] and first [views * Gaussians + 1], where each Gaussian's
// entries will begin. Returns how many entries there are in all.
MAQUETTE_EXPORT int64_t maquette_splat_project(const float* means, const float* wxyz, const float* scales,
                                               const float* opacities, const float* harmonics, const float* offsets,
                                               const float* cameras, const int64_t* sizes, float* records,
                                               int16_t* boxes, uint64_t* masks, float* radii, int64_t* first) try {
    const Cloud cloud = cloud_of(means, wxyz, scales, opacities, harmonics, offsets, sizes);
    const int64_t views = sizes[0], count = cloud.count, blocks = (count + kBlock - 1) / kBlock;
    const auto* camera = reinterpret_cast<const Camera*>(cameras);
    const auto use = kernels().project;
    parallel_for(views * blocks, [&](int64_t piece) {
        const int64_t view = piece / blocks, begin = piece % blocks * kBlock, end = std::min(count, begin + kBlock);
        const int64_t at = view * count;
        use(cloud, camera[view], cloud.offsets ? cloud.offsets + at * 2 : nullptr, begin, end,
                          {records + at * kRecord, boxes + at * 4, radii + at});
        for (int64_t i = at + begin; i < at + end; ++i) {
            masks[i] = tile_mask(records + i * kRecord, boxes + i * 4, cloud.axes == 2);
            first[i + 1] = tile_count(boxes + i * 4, masks[i]);
        }
    });
    first[0] = 0;
    for (int64_t i = 0; i < views * count; ++i) first[i + 1] += first[i];
    return first[views * count];
} MAQUETTE_END

// Fills gaussian [entries] (each tile's, nearest first), tiles [views * tiles + 1] (where each tile's entries begin)
// and slot [entries] (which of its Gaussian's entries each is, counted from `first`).
MAQUETTE_EXPORT int64_t maquette_splat_bin(const float* records, const int16_t* boxes, const uint64_t* masks,
                                           const int64_t* first, const int64_t* sizes, uint32_t* gaussian,
                                           int64_t* tiles, uint32_t* slot) try {
    const int64_t views = sizes[0], count = sizes[1], across = (sizes[5] + kTile - 1) / kTile;
    const int64_t in_view = across * ((sizes[6] + kTile - 1) / kTile);
    std::vector<std::vector<uint32_t>> order(views);
    parallel_for(views, [&](int64_t view) {
        order[view] = by_depth(records + view * count * kRecord, boxes + view * count * 4, count);
    });
    // Counts, then places, of each piece of a view's Gaussians in each tile.
    std::vector<int64_t> place(views * kPieces * in_view);
    const auto each = [&](int64_t piece, auto use) {
        const int64_t view = piece / kPieces, size = int64_t(order[view].size()), part = piece % kPieces;
        for (int64_t n = size * part / kPieces; n < size * (part + 1) / kPieces; ++n) {
            const int64_t i = view * count + order[view][n];
            int64_t k = first[i];
            for_each_tile(boxes + i * 4, masks[i], across,
                          [&](int64_t tile) { use(place[piece * in_view + tile], i - view * count, k++); });
        }
    };
    parallel_for(views * kPieces, [&](int64_t piece) {
        each(piece, [](int64_t& here, int64_t, int64_t) { ++here; });
    });
    int64_t total = 0;
    for (int64_t view = 0; view < views; ++view)
        for (int64_t tile = 0; tile < in_view; ++tile) {
            tiles[view * in_view + tile] = total;
            for (int64_t part = 0; part < kPieces; ++part) {
                int64_t& here = place[(view * kPieces + part) * in_view + tile];
                const int64_t size = here;
                here = total, total += size;
            }
        }
    tiles[views * in_view] = total;
    parallel_for(views * kPieces, [&](int64_t piece) {
        each(piece, [&](int64_t& here, int64_t index, int64_t k) {
            gaussian[here] = uint32_t(index);
            slot[here++] = uint32_t(k);
        });
    });
    return total;
} MAQUETTE_END

static Blend blend_of(const int64_t* sizes, const float* records, const int16_t* boxes, const uint32_t* gaussian,
                      const uint32_t* slot, const int64_t* tiles, const float* background, float* state,
                      int64_t geometry) {
    Blend s{};
    s.width = sizes[5], s.height = sizes[6], s.count = sizes[1];
    s.across = (s.width + kTile - 1) / kTile, s.down = (s.height + kTile - 1) / kTile;
    s.perspective = sizes[4] != 0, s.geometry = geometry != 0, s.surfels = sizes[3] == 2;
    s.records = records, s.boxes = boxes, s.entries = {gaussian, slot, tiles}, s.state = state;
    std::memcpy(s.background, background, sizeof s.background);
    return s;
}

// state: [views * tiles, kState, kPixels], for the backward pass. Pictures: [views, height, width, ...]; without
// geometry only colour and alpha are written.
MAQUETTE_EXPORT int64_t maquette_splat_blend(const int64_t* sizes, const float* records, const int16_t* boxes,
                                             const uint32_t* gaussian, const int64_t* tiles, const float* background,
                                             int64_t geometry, float* state, float* color, float* alpha, float* depth,
                                             float* normals, float* distortion, float* median) try {
    Blend s = blend_of(sizes, records, boxes, gaussian, nullptr, tiles, background, state, geometry);
    s.out = {color, alpha, depth, normals, distortion, median};
    const auto use = kernels().blend;
    parallel_for(sizes[0] * s.across * s.down, [&](int64_t tile) { use(s, tile); });
    return 0;
} MAQUETTE_END

// given: bits 0 to 5 say which gradients of color, alpha, depth, normals, distortion and median there are.
// sums: [entries, kinds of sums].
MAQUETTE_EXPORT int64_t maquette_splat_blend_backward(const int64_t* sizes, const float* records,
                                                      const int16_t* boxes, const uint32_t* gaussian,
                                                      const uint32_t* slot, const int64_t* tiles,
                                                      const float* background, int64_t geometry, float* state,
                                                      int64_t given, const float* color, const float* alpha,
                                                      const float* depth, const float* normals,
                                                      const float* distortion, const float* median, float* sums) try {
    Blend s = blend_of(sizes, records, boxes, gaussian, slot, tiles, background, state, geometry);
    const auto present = [&](int bit, const float* p) { return given >> bit & 1 ? p : nullptr; };
    s.v_color = present(0, color), s.v_alpha = present(1, alpha), s.v_depth = present(2, depth);
    s.v_normals = present(3, normals), s.v_distortion = present(4, distortion), s.v_median = present(5, median);
    s.sums = sums;
    const auto use = kernels().blend_backward;
    parallel_for(sizes[0] * s.across * s.down, [&](int64_t tile) { use(s, tile); });
    return 0;
} MAQUETTE_END

// Sums each Gaussian's entries in a fixed order and takes them back to its parameters.
MAQUETTE_EXPORT int64_t maquette_splat_project_backward(
    const float* means, const float* wxyz, const float* scales, const float* opacities, const float* harmonics,
    const float* cameras, const int64_t* sizes, const float* records, const int64_t* first,
    const float* sums, int64_t geometry, float* v_means, float* v_wxyz, float* v_scales,
    float* v_opacities, float* v_harmonics, float* v_offsets) try {
    const Cloud cloud = cloud_of(means, wxyz, scales, opacities, harmonics, nullptr, sizes);
    const Gradients out{v_means, v_wxyz, v_scales, v_opacities, v_harmonics, sizes[7] ? v_offsets : nullptr};
    const auto use = kernels().project_backward;
    parallel_for((cloud.count + kBlock - 1) / kBlock, [&](int64_t block) {
        const int64_t begin = block * kBlock, end = std::min(cloud.count, begin + kBlock);
        use(cloud, reinterpret_cast<const Camera*>(cameras), sizes[0], records, first, sums, geometry != 0, begin, end,
            out);
    });
    return 0;
} MAQUETTE_END
