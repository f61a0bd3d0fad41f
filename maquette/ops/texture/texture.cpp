// Texture lookups: bilinear in the two nearest of a chain of halved images, linear between them; and their gradients.
#include <cmath>

#include "channels.h"
#include "scatter.h"

namespace {

enum Wrap : int64_t { kRepeat = 0, kClamp = 1, kMirror = 2 };

constexpr float kFarthest = 1e6f;  // texture widths; beyond, single precision has no texels left

inline int64_t wrapped(int64_t i, int64_t size, int64_t wrap) {
    if (uint64_t(i) < uint64_t(size)) return i;
    if (wrap == kClamp) return i < 0 ? 0 : size - 1;
    const int64_t period = wrap == kMirror ? 2 * size : size;
    i %= period;
    if (i < 0) i += period;
    return i < size ? i : period - 1 - i;
}

// A chain of images: level l is at `offset` texels in, `height` by `width`.
struct Level {
    int64_t offset, height, width;
};

// The four texels around a point, top left, top right, bottom left, bottom right, and how far it is from the first.
struct Taps {
    int64_t texel[4];
    float x, y;
    float weight(int tap) const { return (tap & 1 ? x : 1 - x) * (tap & 2 ? y : 1 - y); }
};

inline Taps taps(const Level& level, float u, float v, int64_t wrap) {
    const double x = double(u) * double(level.width) - 0.5, y = double(v) * double(level.height) - 0.5;
    const double left = std::floor(x), top = std::floor(y);
    const int64_t c0 = wrapped(int64_t(left), level.width, wrap), c1 = wrapped(int64_t(left) + 1, level.width, wrap);
    const int64_t r0 = wrapped(int64_t(top), level.height, wrap), r1 = wrapped(int64_t(top) + 1, level.height, wrap);
    const int64_t above = level.offset + r0 * level.width, below = level.offset + r1 * level.width;
    return {{above + c0, above + c1, below + c0, below + c1}, float(x - left), float(y - top)};
}

// The level that a sample begins in, and its share of the next one; free where the share may change both ways.
struct Mix {
    int64_t level;
    float next;
    bool free;
};

inline Mix mix(const float* levels, int64_t sample, int64_t count) {
    if (!levels || count == 1) return {0, 0, false};
    const float last = float(count - 1), asked = levels[sample], l = std::clamp(asked, 0.0f, last);
    const int64_t first = std::min(int64_t(l), count - 2);
    return {first, l - float(first), asked >= 0 && asked <= last};
}

inline bool usable(const float* uv, const float* levels, int64_t sample) {
    return std::abs(uv[2 * sample]) <= kFarthest && std::abs(uv[2 * sample + 1]) <= kFarthest &&
           (!levels || levels[sample] == levels[sample]);
}

}  // namespace

// texels: [images, chain, channels], where images is 1 or views; sizes: [levels, 3] (offset, height, width) in the
// chain; uv: [views, samples, 2]; levels: [views, samples] if has_levels, else anything; out: [views, samples,
// channels]. Returns how many samples have no usable coordinates; they are zero.
MAQUETTE_EXPORT int64_t maquette_texture(const float* texels, const Level* sizes, const float* uv,
                                         const float* levels, float* out, int64_t views, int64_t samples,
                                         int64_t images, int64_t chain, int64_t level_count, int64_t channels,
                                         int64_t wrap, int64_t has_levels) try {
    constexpr int64_t kPiece = 1 << 14;
    if (!has_levels) levels = nullptr;
    int64_t pieces = (samples + kPiece - 1) / kPiece;
    std::atomic<int64_t> unusable{0};
    maquette::parallel_for(views * pieces, [&](int64_t piece) {
        const int64_t view = piece / pieces, begin = view * samples + piece % pieces * kPiece;
        const int64_t end = std::min((view + 1) * samples, begin + kPiece);
        const float* own = texels + (images > 1 ? view * chain * channels : 0);
        maquette::with_channels(channels, [&](auto known) {
            const int64_t count = decltype(known)::value ? decltype(known)::value : channels;
            for (int64_t i = begin; i < end; ++i) {
                float* target = out + i * count;
                std::fill(target, target + count, 0.0f);
                if (!usable(uv, levels, i)) {
                    ++unusable;
                    continue;
                }
                const Mix m = mix(levels, i, level_count);
                for (int64_t l = 0; l < 2; ++l) {
                    const float share = l ? m.next : 1 - m.next;
                    if (share == 0) continue;
                    const Taps t = taps(sizes[m.level + l], uv[2 * i], uv[2 * i + 1], wrap);
                    for (int k = 0; k < 4; ++k) {
                        const float weight = share * t.weight(k);
                        const float* texel = own + t.texel[k] * count;
                        for (int64_t c = 0; c < count; ++c) target[c] += weight * texel[c];
                    }
                }
            }
        });
    });
    return unusable;
} MAQUETTE_END

// As above; grad: of out; filled: grad_uv, as uv, and, if has_levels, grad_levels, as levels.
MAQUETTE_EXPORT int64_t maquette_texture_backward_samples(const float* texels, const Level* sizes, const float* uv,
                                                          const float* levels, const float* grad, float* grad_uv,
                                                          float* grad_levels, int64_t views, int64_t samples,
                                                          int64_t images, int64_t chain, int64_t level_count,
                                                          int64_t channels, int64_t wrap, int64_t has_levels) try {
    constexpr int64_t kPiece = 1 << 14;
    if (!has_levels) levels = nullptr;
    int64_t pieces = (samples + kPiece - 1) / kPiece;
    maquette::parallel_for(views * pieces, [&](int64_t piece) {
        const int64_t view = piece / pieces, begin = view * samples + piece % pieces * kPiece;
        const int64_t end = std::min((view + 1) * samples, begin + kPiece);
        const float* own = texels + (images > 1 ? view * chain * channels : 0);
        for (int64_t i = begin; i < end; ++i) {
            const float* g = grad + i * channels;
            float by_u = 0, by_v = 0, by_level = 0;
            const bool any = usable(uv, levels, i);
            const Mix m = any ? mix(levels, i, level_count) : Mix{};
            for (int64_t l = 0; any && l < (level_count > 1 && levels ? 2 : 1); ++l) {
                const Level& level = sizes[m.level + l];
                const float share = l ? m.next : 1 - m.next;
                const Taps t = taps(level, uv[2 * i], uv[2 * i + 1], wrap);
                float dot[4] = {};  // of the gradient with each tap
                for (int k = 0; k < 4; ++k)
                    for (int64_t c = 0; c < channels; ++c) dot[k] += g[c] * own[t.texel[k] * channels + c];
                by_u += share * float(level.width) * ((1 - t.y) * (dot[1] - dot[0]) + t.y * (dot[3] - dot[2]));
                by_v += share * float(level.height) * ((1 - t.x) * (dot[2] - dot[0]) + t.x * (dot[3] - dot[1]));
                for (int k = 0; k < 4; ++k) by_level += (l ? 1 : -1) * t.weight(k) * dot[k];
            }
            grad_uv[2 * i] = by_u, grad_uv[2 * i + 1] = by_v;
            if (levels) grad_levels[i] = any && m.free ? by_level : 0;
        }
    });
    return 0;
} MAQUETTE_END

// As above; filled: grad_texels, as texels. Several threads add to sums of their own, if an image is not too large to
// be held several times, else each thread to texels of its own; always in an order that the sizes alone decide.
MAQUETTE_EXPORT int64_t maquette_texture_backward_texels(const Level* sizes, const float* uv, const float* levels,
                                                         const float* grad, float* grad_texels, int64_t views,
                                                         int64_t samples, int64_t images, int64_t chain,
                                                         int64_t level_count, int64_t channels, int64_t wrap,
                                                         int64_t has_levels) try {
    constexpr int64_t kPieces = 4, kLargest = 1 << 24;  // floats: 200 MB more
    constexpr int kBlock = 12;                          // texels go to threads in blocks of 2^12
    if (!has_levels) levels = nullptr;
    // Adds samples begin to end to the texels that `owned` says.
    const auto add = [&](int64_t begin, int64_t end, float* target, auto owned) {
        maquette::with_channels(channels, [&](auto known) {
            const int64_t count = decltype(known)::value ? decltype(known)::value : channels;
            for (int64_t i = begin; i < end; ++i) {
                if (!usable(uv, levels, i)) continue;
                const float* g = grad + i * count;
                const Mix m = mix(levels, i, level_count);
                for (int64_t l = 0; l < 2; ++l) {
                    const float share = l ? m.next : 1 - m.next;
                    if (share == 0) continue;
                    const Taps t = taps(sizes[m.level + l], uv[2 * i], uv[2 * i + 1], wrap);
                    for (int k = 0; k < 4; ++k) {
                        if (!owned(t.texel[k])) continue;
                        const float weight = share * t.weight(k);
                        for (int64_t c = 0; c < count; ++c) target[t.texel[k] * count + c] += weight * g[c];
                    }
                }
            }
        });
    };
    const auto all = [](int64_t) { return true; };
    const int64_t size = chain * channels, total = views * samples;
    if (images > 1) {
        maquette::scatter(views, 1, size, grad_texels, [&](int64_t view, float* target) {
            add(view * samples, (view + 1) * samples, target, all);
        });
    } else if (size <= kLargest && total >= size / kPieces) {
        maquette::scatter(kPieces, kPieces, size, grad_texels, [&](int64_t piece, float* target) {
            add(total * piece / kPieces, total * (piece + 1) / kPieces, target, all);
        });
    } else {
        const int64_t threads = maquette::thread_limit();
        std::fill(grad_texels, grad_texels + size, 0.0f);
        maquette::parallel_for(threads, [&](int64_t own) {
            add(0, total, grad_texels, [&](int64_t texel) { return (texel >> kBlock) % threads == own; });
        });
    }
    return 0;
} MAQUETTE_END
