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

// The widest that this machine has, or what MAQUETTE_LANES (4, 8, 16) allows.
static const Kernels& kernels() {
    static const Kernels chosen = [] {
#if MAQUETTE_X86
        const char* asked = std::getenv("MAQUETTE_LANES");
        const int most = asked ? std::atoi(asked) : 16;
        if (most >= 16 && __builtin_cpu_supports("avx512f"))
            return Kernels{avx512::project, avx512::project_backward, avx512::blend_forward, avx512::blend_backward};
        if (most >= 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
            return Kernels{avx2::project, avx2::project_backward, avx2::blend_forward, avx2::blend_backward};
#endif
        return Kernels{plain::project, plain::project_backward, plain::blend_forward, plain::blend_backward};
    }();
    return chosen;
}

constexpr int64_t kBlock = 256;   // Gaussians a piece of work; a multiple of every kLanes
constexpr int64_t kPieces = 16;   // of a view's Gaussians when they are put into tiles

// Calls use(tile) for the tiles of a view that a Gaussian's box meets, and of a Gaussian, its ellipse.
template <class Use>
static void for_each_tile(const float* record, const int16_t* box, int64_t across, bool surfel, Use use) {
    if (box[0] >= box[2]) return;
    const int64_t column0 = box[0] / kTile, column1 = (box[2] + kTile - 1) / kTile;
    const int64_t row0 = box[1] / kTile, row1 = (box[3] + kTile - 1) / kTile;
    if (surfel || (column1 - column0 == 1 || row1 - row0 == 1)) {
        for (int64_t row = row0; row < row1; ++row)
            for (int64_t column = column0; column < column1; ++column) use(row * across + column);
        return;
    }
    // a dx^2 + b dx dy + c dy^2 <= reach, widened a little for rounding.
    const double a = record[kShape], b = record[kShape + 1], c = record[kShape + 2];
    const double reach = (double(record[kOpacity]) - kMinLog2) * 1.001 + 1e-3;
    const double x = record[kX], y = record[kY];
    const double width = std::sqrt(std::max(0.0, reach * c / (a * c - b * b / 4)));  // half of the box
    const double widest = -b * width / (2 * c);                                      // dy at the rightmost point
    for (int64_t row = row0; row < row1; ++row) {
        const double low = double(row * kTile) - y, high = low + kTile;
        const auto end_at = [&](double dy, double side) {  // where the line dy leaves the ellipse
            const double root = b * b * dy * dy / 4 - a * (c * dy * dy - reach);
            return (-b * dy / 2 + side * std::sqrt(std::max(root, 0.0))) / a;
        };
        const double right = low <= widest && widest <= high ? width : end_at(widest < low ? low : high, 1);
        const double left = low <= -widest && -widest <= high ? -width : end_at(-widest < low ? low : high, -1);
        if (!(right >= left)) continue;
        const double from = (x + left - 0.51) / kTile, to = (x + right + 0.51) / kTile;
        const int64_t first = std::max(column0, int64_t(std::floor(std::max(from, 0.0))));
        const int64_t end = to < 0 ? 0 : std::min(column1, int64_t(std::floor(std::min(to, 1e6))) + 1);
        for (int64_t column = first; column < end; ++column) use(row * across + column);
    }
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
// Writes records, boxes, radii [views, Gaussians, ...] and first [views * Gaussians + 1], where each Gaussian's
// entries will begin. Returns how many entries there are in all.
MAQUETTE_EXPORT int64_t maquette_splat_project(const float* means, const float* wxyz, const float* scales,
                                               const float* opacities, const float* harmonics, const float* offsets,
                                               const float* cameras, const int64_t* sizes, float* records,
                                               int16_t* boxes, float* radii, int64_t* first) {
    const Cloud cloud = cloud_of(means, wxyz, scales, opacities, harmonics, offsets, sizes);
    const int64_t views = sizes[0], count = cloud.count, blocks = (count + kBlock - 1) / kBlock;
    const int64_t across = (cloud.width + kTile - 1) / kTile;
    const auto* camera = reinterpret_cast<const Camera*>(cameras);
    parallel_for(views * blocks, [&](int64_t piece) {
        const int64_t view = piece / blocks, begin = piece % blocks * kBlock, end = std::min(count, begin + kBlock);
        const int64_t at = view * count;
        kernels().project(cloud, camera[view], cloud.offsets ? cloud.offsets + at * 2 : nullptr, begin, end,
                          {records + at * kRecord, boxes + at * 4, radii + at});
        for (int64_t i = at + begin; i < at + end; ++i) {
            int64_t tiles = 0;
            for_each_tile(records + i * kRecord, boxes + i * 4, across, cloud.axes == 2, [&](int64_t) { ++tiles; });
            first[i + 1] = tiles;
        }
    });
    first[0] = 0;
    for (int64_t i = 0; i < views * count; ++i) first[i + 1] += first[i];
    return first[views * count];
}

// Fills gaussian [entries] (each tile's, nearest first), tiles [views * tiles + 1] (where each tile's entries begin)
// and position [entries] (the entries of each Gaussian, in the order of `first`).
MAQUETTE_EXPORT int64_t maquette_splat_bin(const float* records, const int16_t* boxes, const int64_t* first,
                                           const int64_t* sizes, uint32_t* gaussian, int64_t* tiles,
                                           uint32_t* position) {
    const int64_t views = sizes[0], count = sizes[1], across = (sizes[5] + kTile - 1) / kTile;
    const int64_t in_view = across * ((sizes[6] + kTile - 1) / kTile);
    const bool surfel = sizes[3] == 2;
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
            for_each_tile(records + i * kRecord, boxes + i * 4, across, surfel,
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
            position[k] = uint32_t(here++);
        });
    });
    return total;
}

static Blend blend_of(const int64_t* sizes, const float* records, const int16_t* boxes, const uint32_t* gaussian,
                      const int64_t* tiles, const float* background, float* state, int64_t geometry) {
    Blend s{};
    s.width = sizes[5], s.height = sizes[6], s.count = sizes[1];
    s.across = (s.width + kTile - 1) / kTile, s.down = (s.height + kTile - 1) / kTile;
    s.perspective = sizes[4] != 0, s.geometry = geometry != 0, s.surfels = sizes[3] == 2;
    s.records = records, s.boxes = boxes, s.entries = {gaussian, tiles}, s.state = state;
    std::memcpy(s.background, background, sizeof s.background);
    return s;
}

// state: [views * tiles, kState, kPixels], for the backward pass. Pictures: [views, height, width, ...]; without
// geometry only colour and alpha are written.
MAQUETTE_EXPORT int64_t maquette_splat_blend(const int64_t* sizes, const float* records, const int16_t* boxes,
                                             const uint32_t* gaussian, const int64_t* tiles, const float* background,
                                             int64_t geometry, float* state, float* color, float* alpha, float* depth,
                                             float* normals, float* distortion, float* median) {
    Blend s = blend_of(sizes, records, boxes, gaussian, tiles, background, state, geometry);
    s.out = {color, alpha, depth, normals, distortion, median};
    parallel_for(sizes[0] * s.across * s.down, [&](int64_t tile) { kernels().blend(s, tile); });
    return 0;
}

// given: bits 0 to 5 say which gradients of color, alpha, depth, normals, distortion and median there are.
// sums: [entries, stride].
MAQUETTE_EXPORT int64_t maquette_splat_blend_backward(const int64_t* sizes, const float* records,
                                                      const int16_t* boxes, const uint32_t* gaussian,
                                                      const int64_t* tiles, const float* background, int64_t geometry,
                                                      float* state, int64_t given, const float* color,
                                                      const float* alpha, const float* depth, const float* normals,
                                                      const float* distortion, const float* median, float* sums,
                                                      int64_t stride) {
    Blend s = blend_of(sizes, records, boxes, gaussian, tiles, background, state, geometry);
    const auto present = [&](int bit, const float* p) { return given >> bit & 1 ? p : nullptr; };
    s.v_color = present(0, color), s.v_alpha = present(1, alpha), s.v_depth = present(2, depth);
    s.v_normals = present(3, normals), s.v_distortion = present(4, distortion), s.v_median = present(5, median);
    s.sums = sums, s.stride = stride;
    parallel_for(sizes[0] * s.across * s.down, [&](int64_t tile) { kernels().blend_backward(s, tile); });
    return 0;
}

// Sums each Gaussian's entries in a fixed order and takes them back to its parameters.
MAQUETTE_EXPORT int64_t maquette_splat_project_backward(
    const float* means, const float* wxyz, const float* scales, const float* opacities, const float* harmonics,
    const float* cameras, const int64_t* sizes, const float* records, const int64_t* first, const uint32_t* position,
    const float* sums, int64_t stride, int64_t geometry, float* v_means, float* v_wxyz, float* v_scales,
    float* v_opacities, float* v_harmonics, float* v_offsets) {
    const Cloud cloud = cloud_of(means, wxyz, scales, opacities, harmonics, nullptr, sizes);
    const Gradients out{v_means, v_wxyz, v_scales, v_opacities, v_harmonics, sizes[7] ? v_offsets : nullptr};
    parallel_for((cloud.count + kBlock - 1) / kBlock, [&](int64_t block) {
        kernels().project_backward(cloud, reinterpret_cast<const Camera*>(cameras), sizes[0], records, first, position,
                                   sums, stride, geometry != 0, block * kBlock,
                                   std::min(cloud.count, (block + 1) * kBlock), out);
    });
    return 0;
}
