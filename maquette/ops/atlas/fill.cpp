// The nearest known pixel of each, exactly, in time linear in the pixels: first along columns, then the lower envelope
// of the columns' parabolas along rows (Felzenszwalb and Huttenlocher 2012, "Distance transforms of sampled functions").
#include "kernel.h"

namespace {

// The row of the nearest known pixel in each pixel's column, -1 where there is none: columns [x0, x1).
void along_columns(const uint8_t* known, int64_t height, int64_t width, int64_t x0, int64_t x1, int32_t* near) {
    for (int64_t y = 0; y < height; ++y) {
        const uint8_t* own = known + y * width;
        int32_t *out = near + y * width, *above = out - (y > 0 ? width : 0);
        for (int64_t x = x0; x < x1; ++x) out[x] = own[x] ? int32_t(y) : y > 0 ? above[x] : -1;
    }
    for (int64_t y = height - 2; y >= 0; --y) {
        int32_t *out = near + y * width, *below = out + width;
        for (int64_t x = x0; x < x1; ++x) {
            const int32_t up = out[x], down = below[x];
            const bool nearer = (down >= 0) & ((up < 0) | (down - int32_t(y) < int32_t(y) - up));
            out[x] = nearer ? down : up;
        }
    }
}

// What is needed of one row: columns whose known pixels are the nearest of some stretch, and where that begins.
struct Row {
    explicit Row(int64_t width) : column(width), begin(width) {}
    std::vector<int64_t> column, begin;
};

// The nearest known pixel of each in the columns [first, last] of row y, of which none but the outermost are known.
template <class Body>
void along_row(const int32_t* near, int64_t y, int64_t first, int64_t last, Row& row, Body body) {
    int64_t count = 0;
    const auto height = [&](int64_t c) { return (near[c] - y) * (near[c] - y); };
    for (int64_t c = first; c <= last; ++c) {
        if (near[c] < 0) continue;
        int64_t begin = first;
        for (; count > 0; --count) {
            // From here on, rounded up, column c is nearer than the one before.
            const int64_t b = row.column[count - 1], twice = 2 * (c - b);
            const int64_t crossing = c * c - b * b + height(c) - height(b);
            begin = crossing <= twice * first ? first : (crossing + twice - 1) / twice;
            if (begin > row.begin[count - 1]) break;
        }
        if (count > 0 && begin > last) continue;
        row.column[count] = c, row.begin[count] = count > 0 ? begin : first, ++count;
    }
    for (int64_t c = first, k = 0; count > 0 && c <= last; ++c) {
        while (k + 1 < count && row.begin[k + 1] <= c) ++k;
        body(c, row.column[k]);
    }
}

}  // namespace

// image: [height, width, channels], filled in place; known: [height, width], 0 or 1.
MAQUETTE_EXPORT int64_t maquette_fill_nearest(float* image, const uint8_t* known, int64_t height, int64_t width,
                                              int64_t channels) try {
    std::unique_ptr<int32_t[]> near(new int32_t[size_t(height * width)]);
    constexpr int64_t kStrip = 512;
    maquette::parallel_for((width + kStrip - 1) / kStrip, [&](int64_t strip) {
        along_columns(known, height, width, strip * kStrip, std::min(width, (strip + 1) * kStrip), near.get());
    });
    std::vector<Row> scratch(static_cast<size_t>(maquette::thread_limit()), Row(width));
    maquette::parallel_for_workers(height, [&](int64_t y, int64_t worker) {
        const uint8_t* own = known + y * width;
        const int32_t* row = near.get() + y * width;
        for (int64_t x = 0; x < width;) {
            if (own[x]) {
                ++x;
                continue;
            }
            int64_t end = x;
            while (end < width && !own[end]) ++end;
            // Known pixels to the left and right are nearer than anything beyond them.
            along_row(row, y, std::max<int64_t>(x - 1, 0), std::min(end, width - 1), scratch[worker],
                      [&](int64_t c, int64_t column) {
                          if (own[c]) return;
                          const float* from = image + (int64_t(row[column]) * width + column) * channels;
                          float* to = image + (y * width + c) * channels;
                          for (int64_t k = 0; k < channels; ++k) to[k] = from[k];
                      });
            x = end;
        }
    });
    return 0;
} MAQUETTE_END
