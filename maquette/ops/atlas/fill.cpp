// Nearest known pixel by two sweeps of vector propagation (Danielsson 1980, "Euclidean distance mapping", 8SSED).
#include "kernel.h"

// image: [height, width, channels], filled in place; known: [height, width], 0 or 1.
MAQUETTE_EXPORT int64_t maquette_fill_nearest(float* image, const uint8_t* known, int64_t height, int64_t width,
                                              int64_t channels) {
    constexpr int32_t kFar = 1 << 14;
    struct Step { int32_t x, y; };
    std::vector<Step> to(height * width);
    for (int64_t i = 0; i < height * width; ++i) to[i] = known[i] ? Step{0, 0} : Step{kFar, kFar};
    auto length = [](Step s) { return int64_t(s.x) * s.x + int64_t(s.y) * s.y; };
    auto look = [&](int64_t x, int64_t y, int dx, int dy) {
        if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) return;
        Step other = to[(y + dy) * width + x + dx];
        if (other.x == kFar) return;
        Step through{other.x + dx, other.y + dy};
        Step& own = to[y * width + x];
        if (length(through) < length(own)) own = through;
    };
    for (int64_t y = 0; y < height; ++y) {
        for (int64_t x = 0; x < width; ++x)
            if (!known[y * width + x]) look(x, y, -1, 0), look(x, y, 0, -1), look(x, y, -1, -1), look(x, y, 1, -1);
        for (int64_t x = width - 1; x >= 0; --x)
            if (!known[y * width + x]) look(x, y, 1, 0);
    }
    for (int64_t y = height - 1; y >= 0; --y) {
        for (int64_t x = width - 1; x >= 0; --x)
            if (!known[y * width + x]) look(x, y, 1, 0), look(x, y, 0, 1), look(x, y, 1, 1), look(x, y, -1, 1);
        for (int64_t x = 0; x < width; ++x)
            if (!known[y * width + x]) look(x, y, -1, 0);
    }
    for (int64_t y = 0; y < height; ++y)
        for (int64_t x = 0; x < width; ++x) {
            int64_t i = y * width + x;
            if (known[i] || to[i].x == kFar) continue;
            const float* from = image + ((y + to[i].y) * width + x + to[i].x) * channels;
            std::copy(from, from + channels, image + i * channels);
        }
    return 0;
}
