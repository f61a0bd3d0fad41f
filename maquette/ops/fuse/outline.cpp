// Signed distance to the outline where coverage is one half: marching squares on the pixel centres, then each piece
// of outline tells the samples within reach how far it is.
#include <cmath>

#include "kernel.h"

namespace {

struct Point {
    float x, y;
};

class Outline {
   public:
    Outline(const float* alpha, int64_t height, int64_t width, int64_t scale, float reach, float* out)
        : alpha_(alpha), height_(height), width_(width), scale_(scale), reach_(reach), out_(out) {}

    void run() {
        for (int64_t i = 0; i < height_ * width_ * scale_ * scale_; ++i) out_[i] = reach_;
        // Squares of pixel centres, one ring beyond the image, where nothing is covered.
        for (int64_t y = -1; y < height_; ++y)
            for (int64_t x = -1; x < width_; ++x) square(x, y);
        for (int64_t y = 0; y < height_ * scale_; ++y)
            for (int64_t x = 0; x < width_ * scale_; ++x)
                if (sample((float(x) + 0.5f) / float(scale_) - 0.5f, (float(y) + 0.5f) / float(scale_) - 0.5f) >= 0)
                    out_[y * width_ * scale_ + x] *= -1;
    }

   private:
    float at(int64_t x, int64_t y) const {
        bool inside = x >= 0 && y >= 0 && x < width_ && y < height_;
        return (inside ? alpha_[y * width_ + x] : 0.0f) - 0.5f;
    }
    float sample(float x, float y) const {
        float fx = std::floor(x), fy = std::floor(y), tx = x - fx, ty = y - fy;
        int64_t i = int64_t(fx), j = int64_t(fy);
        return (1 - ty) * ((1 - tx) * at(i, j) + tx * at(i + 1, j)) +
               ty * ((1 - tx) * at(i, j + 1) + tx * at(i + 1, j + 1));
    }

    void square(int64_t x, int64_t y) {
        float f[4] = {at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)};
        float cx[4] = {0, 1, 1, 0}, cy[4] = {0, 0, 1, 1};
        Point p[4];
        int count = 0;
        for (int k = 0; k < 4; ++k) {
            int n = (k + 1) % 4;
            if ((f[k] >= 0) == (f[n] >= 0)) continue;
            float t = f[k] / (f[k] - f[n]);
            p[count++] = {float(x) + cx[k] + t * (cx[n] - cx[k]), float(y) + cy[k] + t * (cy[n] - cy[k])};
        }
        if (count == 2) segment(p[0], p[1]);
        if (count == 4) {  // the bilinear saddle says which corners are joined
            bool saddle_in = f[0] * f[2] - f[1] * f[3] > 0 ? f[0] >= 0 : f[1] >= 0;
            bool around_first = (f[0] >= 0) != saddle_in;  // a piece of outline around corner 0
            if (around_first) segment(p[3], p[0]), segment(p[1], p[2]);
            else segment(p[0], p[1]), segment(p[2], p[3]);
        }
    }

    void segment(Point a, Point b) {
        float dx = b.x - a.x, dy = b.y - a.y, square = std::max(dx * dx + dy * dy, 1e-12f), s = float(scale_);
        auto low = [&](float v) { return std::max<int64_t>(0, int64_t(std::ceil((v - reach_ + 0.5f) * s - 0.5f))); };
        auto high = [&](float v, int64_t n) {
            return std::min<int64_t>(n * scale_ - 1, int64_t(std::floor((v + reach_ + 0.5f) * s - 0.5f)));
        };
        for (int64_t y = low(std::min(a.y, b.y)); y <= high(std::max(a.y, b.y), height_); ++y)
            for (int64_t x = low(std::min(a.x, b.x)); x <= high(std::max(a.x, b.x), width_); ++x) {
                float px = (float(x) + 0.5f) / s - 0.5f - a.x, py = (float(y) + 0.5f) / s - 0.5f - a.y;
                float t = std::min(std::max((px * dx + py * dy) / square, 0.0f), 1.0f);
                float ex = px - t * dx, ey = py - t * dy;
                float& out = out_[y * width_ * scale_ + x];
                out = std::min(out, std::sqrt(ex * ex + ey * ey));
            }
    }

    const float* alpha_;
    int64_t height_, width_, scale_;
    float reach_;
    float* out_;
};

}  // namespace

// alpha: [views, height, width]; out: [views, height * scale, width * scale].
MAQUETTE_EXPORT int64_t maquette_outline(const float* alpha, float* out, int64_t views, int64_t height, int64_t width,
                                         int64_t scale, double reach) try {
    maquette::parallel_for(views, [&](int64_t v) {
        Outline(alpha + v * height * width, height, width, scale, float(reach),
                out + v * height * width * scale * scale)
            .run();
    });
    return 0;
} MAQUETTE_END
