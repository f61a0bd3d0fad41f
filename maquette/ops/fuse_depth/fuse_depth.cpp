// Depth maps to a truncated signed distance in blocks of 8 x 8 x 8 samples (Curless and Levoy 1996, the blocks after
// Niessner et al. 2013). Blocks are found from the top: a cube of them whose every sample all views say the same
// about, free or hidden, is settled at once, by the least and greatest depths in its footprints.
#include <cmath>
#include <cstring>
#include <limits>

#include "kernel.h"
#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

namespace {

constexpr float kNear = 1e-6f;  // world units before a perspective camera where things are seen
constexpr int64_t kSide = 8;

struct DepthView {
    const float* projection;  // [3, 4]: pixel x, pixel y, depth
    const float* depth;       // [height, width], 0 where nothing is seen
    const float* weights;     // [height, width] or null
    const float* cosines;     // [height, width] or null
    const float* attributes;  // [height, width, channels] or null
    int64_t width, height;
};

struct FuseOptions {
    float spacing, truncation, jump, free, background;
    int64_t channels;
    bool perspective;
    int64_t enough;  // views in which a sample must be hidden to be inside
};

struct alignas(64) BlockSums {
    float value[512], weight[512];
    int32_t hidden[512];  // in how many views
    float* attributes;  // [512, channels + 1] or null
};

}  // namespace

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi"  // wide vectors are passed among functions of this file only
#endif
#define MAQUETTE_BODY "fuse_depth/samples.inl"
#include "isa.h"

namespace {

struct Bounds {
    float low = std::numeric_limits<float>::infinity(), high = 0;  // of depths where something is seen
    float cosine = 1;                                              // the least
    bool empty = false;                                            // somewhere nothing is seen
    void add(const Bounds& o) {
        low = std::min(low, o.low), high = std::max(high, o.high), cosine = std::min(cosine, o.cosine);
        empty = empty || o.empty;
    }
};

// Bounds of the depths in squares of 4, 8, 16, ... pixels.
class Pyramid {
   public:
    void build(const DepthView& view) {
        int64_t w = (view.width + kFinest - 1) / kFinest, h = (view.height + kFinest - 1) / kFinest;
        width_ = w;
        levels_.assign(1, std::vector<Bounds>(size_t(w * h)));
        for (int64_t y = 0; y < view.height; ++y)
            for (int64_t x = 0; x < view.width; x += kFinest) {
                Bounds& b = levels_[0][(y / kFinest) * w + x / kFinest];
                for (int64_t i = y * view.width + x, end = i + std::min(kFinest, view.width - x); i < end; ++i) {
                    bool seen = view.depth[i] > 0;
                    b.empty = b.empty || !seen;
                    b.low = std::min(b.low, seen ? view.depth[i] : b.low), b.high = std::max(b.high, view.depth[i]);
                    if (view.cosines) b.cosine = std::min(b.cosine, view.cosines[i]);
                }
            }
        while (w > 1 || h > 1) {
            int64_t nw = (w + 1) / 2, nh = (h + 1) / 2;
            std::vector<Bounds> next(size_t(nw * nh));
            for (int64_t y = 0; y < h; ++y)
                for (int64_t x = 0; x < w; ++x) next[(y / 2) * nw + x / 2].add(levels_.back()[y * w + x]);
            levels_.push_back(std::move(next));
            w = nw, h = nh;
        }
    }
    Bounds over(int64_t x0, int64_t x1, int64_t y0, int64_t y1) const {  // inclusive, within the image
        constexpr int64_t kTiles = 3;  // and one more: fewer are quicker to ask, more know better
        int level = 0;
        x0 /= kFinest, x1 /= kFinest, y0 /= kFinest, y1 /= kFinest;
        while (level + 1 < int(levels_.size()) && ((x1 >> level) - (x0 >> level) > kTiles || (y1 >> level) - (y0 >> level) > kTiles))
            ++level;
        int64_t w = (width_ + (int64_t(1) << level) - 1) >> level;
        Bounds b;
        for (int64_t y = y0 >> level; y <= y1 >> level; ++y)
            for (int64_t x = x0 >> level; x <= x1 >> level; ++x) b.add(levels_[level][y * w + x]);
        return b;
    }

   private:
    static constexpr int64_t kFinest = 4;
    int64_t width_ = 0;
    std::vector<std::vector<Bounds>> levels_;
};

// What a view can say about samples in a box.
struct Word {
    bool band = false;    // some may lie within the truncation of a surface
    bool free = false;    // some may be seen to be empty
    bool hidden = false;  // some may lie behind what is seen
    bool silent = false;  // about some it may say nothing
};

struct Fusion {
    const float* projections;
    const float *depth, *weights, *cosines, *attributes;
    int64_t views, height, width;
    const double* origin;
    int64_t blocks[3];
    FuseOptions options;
    std::vector<Pyramid> pyramids;

    DepthView view(int64_t v) const {
        int64_t pixels = height * width;
        return {projections + 12 * v,
                depth + v * pixels,
                weights ? weights + v * pixels : nullptr,
                cosines ? cosines + v * pixels : nullptr,
                attributes ? attributes + v * pixels * options.channels : nullptr,
                width,
                height};
    }

    void build() {
        pyramids.resize(size_t(views));
        maquette::parallel_for(views, [&](int64_t v) { pyramids[v].build(view(v)); });
    }

    void position(const int64_t sample[3], float out[3]) const {
        for (int a = 0; a < 3; ++a) out[a] = float(origin[a] + double(options.spacing) * double(sample[a]));
    }

    // About the samples from `first` to `last`, in world units.
    Word word(int64_t v, const float first[3], const float last[3]) const {
        float low[3], high[3];
        bool wholly, partly;
        MAQUETTE_PICK(box_bounds)(projections + 12 * v, first, last, options.perspective, low, high, wholly, partly);
        Word said;
        float w = float(width), h = float(height);
        if (!wholly) {
            said.silent = true;
            said.band = said.free = said.hidden = partly || high[2] > 0;
            return said;
        }
        constexpr float kSlack = 0.01f;  // pixels, for what is rounded on the way
        said.silent = !(low[0] >= kSlack && high[0] <= w - kSlack && low[1] >= kSlack && high[1] <= h - kSlack);
        if (!(high[0] >= -kSlack && low[0] <= w + kSlack && high[1] >= -kSlack && low[1] <= h + kSlack)) return said;
        auto pixel = [](float p, int64_t n) {
            return std::min(std::max<int64_t>(int64_t(std::floor(std::min(std::max(p, -1.0f), float(n) + 1))), 0), n - 1);
        };
        Bounds b = pyramids[v].over(pixel(low[0] - 0.5f - kSlack, width), pixel(high[0] + 0.5f + kSlack, width),
                                    pixel(low[1] - 0.5f - kSlack, height), pixel(high[1] + 0.5f + kSlack, height));
        float reach = options.truncation / b.cosine * 1.001f;
        said.silent = said.silent || weights;
        if (b.empty) (options.background > 0 ? said.free : said.silent) = true;
        if (b.high > 0) {
            said.band = b.high > low[2] - reach && b.low < high[2] + reach;
            said.free = said.free || b.high > low[2] - reach;
            said.hidden = b.low < high[2] + reach;
        }
        return said;
    }

    enum : int32_t { kOutside = -1, kInside = -2, kStored = 0 };

    // What all views make of a box of samples.
    int32_t settle(const float first[3], const float last[3]) const {
        bool surely_free = false, any_free = false;
        int64_t surely_hidden = 0, maybe_hidden = 0;
        for (int64_t v = 0; v < views; ++v) {
            Word said = word(v, first, last);
            if (said.band) return kStored;
            surely_free = surely_free || (said.free && !said.hidden && !said.silent);
            any_free = any_free || said.free;
            surely_hidden += said.hidden && !said.free && !said.silent, maybe_hidden += said.hidden;
        }
        if (surely_free || maybe_hidden < options.enough) return kOutside;
        return surely_hidden >= options.enough && !any_free ? kInside : kStored;
    }

    // A cube of `side` blocks along each edge, from block `at` on.
    void find(int32_t* index, const int64_t at[3], int64_t side) const {
        int64_t low[3], high[3];
        for (int a = 0; a < 3; ++a) {
            if (at[a] >= blocks[a]) return;
            low[a] = at[a] * kSide, high[a] = std::min(at[a] + side, blocks[a]) * kSide - 1;
        }
        float first[3], last[3];
        position(low, first), position(high, last);
        int32_t settled = settle(first, last);
        if (settled == kStored && side > 1) {
            for (int c = 0; c < 8; ++c) {
                int64_t child[3];
                for (int a = 0; a < 3; ++a) child[a] = at[a] + (c >> a & 1) * side / 2;
                find(index, child, side / 2);
            }
            return;
        }
        for (int64_t x = at[0]; x < std::min(at[0] + side, blocks[0]); ++x)
            for (int64_t y = at[1]; y < std::min(at[1] + side, blocks[1]); ++y)
                for (int64_t z = at[2]; z < std::min(at[2] + side, blocks[2]); ++z)
                    index[(x * blocks[1] + y) * blocks[2] + z] = settled;
    }

    void fill(const int64_t block[3], float* values, float* weights_out, float* attributes_out) const {
        BlockSums sums;
        std::fill(sums.value, sums.value + 512, 0.0f), std::fill(sums.weight, sums.weight + 512, 0.0f);
        std::fill(sums.hidden, sums.hidden + 512, 0);
        std::vector<float> carried(attributes ? size_t(512 * (options.channels + 1)) : 0, 0.0f);
        sums.attributes = attributes ? carried.data() : nullptr;
        int64_t low[3], high[3];
        for (int a = 0; a < 3; ++a) low[a] = block[a] * kSide, high[a] = low[a] + kSide - 1;
        float first[3], last[3];
        position(low, first), position(high, last);
        for (int64_t v = 0; v < views; ++v) {
            Word said = word(v, first, last);
            if (!said.band && !said.free && !said.hidden) continue;
            if (!said.band && !said.free && !said.silent) {
                for (int32_t& views_hiding : sums.hidden) ++views_hiding;
                continue;
            }
            MAQUETTE_PICK(add_view)(view(v), options, first, sums);
        }
        MAQUETTE_PICK(finish)(sums, options, values, weights_out);
        if (!attributes) return;
        for (int i = 0; i < 512; ++i) {
            const float* in = carried.data() + i * (options.channels + 1);
            float total = in[options.channels];
            for (int64_t c = 0; c < options.channels; ++c)
                attributes_out[i * options.channels + c] = total > 0 ? in[c] / total : 0;
        }
    }
};

}  // namespace

// Finds the blocks: index: [x, y, z], receives -1 for outside, -2 for inside, 0 for blocks to be stored.
// cameras: [views, 3, 4]; depth, weights, cosines: [views, height, width]; attributes: [views, height, width,
// channels]; of the last three those are unread that `given` has no bit for. origin: [3].
// Returns a handle for maquette_fuse_depth_fill.
MAQUETTE_EXPORT int64_t maquette_fuse_depth_find(const float* cameras, const float* depth, const float* weights,
                                                 const float* cosines, const float* attributes, const double* origin,
                                                 int32_t* index, int64_t views, int64_t height, int64_t width,
                                                 int64_t channels, int64_t given, int64_t perspective, int64_t x,
                                                 int64_t y, int64_t z, int64_t enough, double spacing,
                                                 double truncation, double jump, double free, double background) try {
    FuseOptions options{float(spacing),    float(truncation), float(jump),     float(free),
                        float(background), channels,          perspective != 0,  enough};
    const float* carried = given & 4 ? attributes : nullptr;
    std::unique_ptr<Fusion> fusion{new Fusion{cameras, depth, given & 1 ? weights : nullptr,
                                              given & 2 ? cosines : nullptr, carried, views, height, width, origin,
                                              {x, y, z}, options, {}}};
    fusion->build();
    constexpr int64_t kTop = 8;
    int64_t tops[3] = {(x + kTop - 1) / kTop, (y + kTop - 1) / kTop, (z + kTop - 1) / kTop};
    maquette::parallel_for(tops[0] * tops[1] * tops[2], [&](int64_t i) {
        int64_t at[3] = {i / tops[2] / tops[1] * kTop, i / tops[2] % tops[1] * kTop, i % tops[2] * kTop};
        fusion->find(index, at, kTop);
    });
    return int64_t(reinterpret_cast<intptr_t>(fusion.release()));
} MAQUETTE_END

// Fills the blocks that the index now numbers, and releases the handle; what it was made of must still be there.
// values, weights: [blocks, 8, 8, 8]; attributes: [blocks, 8, 8, 8, channels].
MAQUETTE_EXPORT int64_t maquette_fuse_depth_fill(int64_t handle, const int32_t* index, float* values, float* weights,
                                                 float* attributes) try {
    std::unique_ptr<Fusion> fusion{reinterpret_cast<Fusion*>(intptr_t(handle))};
    int64_t y = fusion->blocks[1], z = fusion->blocks[2], channels = fusion->options.channels;
    maquette::parallel_for(fusion->blocks[0] * y * z, [&](int64_t i) {
        int64_t b = index[i], at[3] = {i / z / y, i / z % y, i % z};
        if (b >= 0) fusion->fill(at, values + 512 * b, weights + 512 * b, attributes + 512 * channels * b);
    });
    return 0;
} MAQUETTE_END
