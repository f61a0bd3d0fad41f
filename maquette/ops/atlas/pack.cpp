// Packing of charts into a square by their outlines: each chart drops onto the skyline of those placed before it
// where it lands lowest (Lévy, Petitjean, Ray and Maillot 2002, "Least squares conformal maps", section 4).
#include <cmath>
#include <limits>
#include <numeric>

#include "kernel.h"

namespace {

struct Outline {
    int width = 0, height = 0;
    std::vector<int> bottom, top;  // for each column the first row used and the first free one above
};

struct Chart {
    std::vector<double> triangles;  // x, y of three corners each; smallest x and y are 0
    double width = 0, height = 0;
};

struct Placement {
    int x = 0, y = 0, turn = 0;
};

// The chart's corner turned by quarter circles, again with smallest coordinates 0.
inline void turned(const Chart& chart, int turn, double x, double y, double& u, double& v) {
    switch (turn) {
        case 0: u = x, v = y; break;
        case 1: u = chart.height - y, v = x; break;
        case 2: u = chart.width - x, v = chart.height - y; break;
        default: u = y, v = chart.width - x;
    }
}

// The columns that a scaled chart touches, widened by the padding on the right and above.
Outline trace(const Chart& chart, int turn, double scale, int padding) {
    bool upright = turn % 2 == 0;
    double wide = (upright ? chart.width : chart.height) * scale, high = (upright ? chart.height : chart.width) * scale;
    int columns = int(wide) + 1;
    std::vector<double> low(columns, std::numeric_limits<double>::infinity()), top(columns, -1);
    for (size_t t = 0; t < chart.triangles.size(); t += 6)
        for (int k = 0; k < 3; ++k) {
            double ax, ay, bx, by;
            const double *a = &chart.triangles[t + 2 * k], *b = &chart.triangles[t + 2 * ((k + 1) % 3)];
            turned(chart, turn, a[0], a[1], ax, ay);
            turned(chart, turn, b[0], b[1], bx, by);
            ax *= scale, ay *= scale, bx *= scale, by *= scale;
            if (ax > bx) std::swap(ax, bx), std::swap(ay, by);
            int first = std::clamp(int(ax), 0, columns - 1), last = std::clamp(int(bx), 0, columns - 1);
            double slope = bx > ax ? (by - ay) / (bx - ax) : 0;
            for (int x = first; x <= last; ++x) {
                double y0 = x == first ? ay : ay + slope * (x - ax), y1 = x == last ? by : ay + slope * (x + 1 - ax);
                low[x] = std::min({low[x], y0, y1});
                top[x] = std::max({top[x], y0, y1});
            }
        }
    Outline out;
    out.width = columns + padding;
    out.height = int(high) + 1 + padding;
    out.bottom.assign(out.width, out.height);
    out.top.assign(out.width, 0);
    for (int x = 0; x < columns; ++x) {
        if (top[x] < 0) continue;
        int y0 = std::max(0, int(std::floor(low[x] - 1e-6))), y1 = std::min(int(high), int(top[x] + 1e-6)) + 1 + padding;
        for (int shift = 0; shift <= padding; ++shift) {
            out.bottom[x + shift] = std::min(out.bottom[x + shift], y0);
            out.top[x + shift] = std::max(out.top[x + shift], y1);
        }
    }
    return out;
}

bool pack(const std::vector<Chart>& charts, const std::vector<int>& order, double scale, int side, int padding,
          std::vector<Placement>& placements) {
    int inner = side - padding;  // the border keeps the same distance as neighbours do
    if (inner <= 0) return false;
    std::vector<int> skyline(inner + padding, 0);
    for (int id : order) {
        const Chart& chart = charts[id];
        double best = std::numeric_limits<double>::infinity();
        Placement place;
        Outline chosen;
        for (int turn = 0; turn < 4; ++turn) {
            Outline outline = trace(chart, turn, scale, padding);
            if (outline.width > inner || outline.height > inner) continue;
            for (int x = 0; x + outline.width <= inner; ++x) {
                int y = 0;
                // A landing above `best` cannot win: the cost is at least the height of the landing's top.
                int limit = best < 1e18 ? int(best) - outline.height + 1 : inner;
                bool worse = false;
                for (int i = 0; i < outline.width; ++i) {
                    y = std::max(y, skyline[x + i] - outline.bottom[i]);
                    if (y > limit) { worse = true; break; }
                }
                if (worse || y + outline.height > inner) continue;
                double wasted = 0;
                for (int i = 0; i < outline.width; ++i)
                    if (outline.top[i] > 0) wasted += y + outline.bottom[i] - skyline[x + i];
                double cost = y + outline.height + 0.999 * std::min(1.0, wasted / (double(outline.width) * inner));
                if (cost < best) best = cost, place = {x, y, turn}, chosen = outline;
            }
        }
        if (!(best < 1e18)) return false;
        for (int i = 0; i < chosen.width; ++i)
            if (chosen.top[i] > 0) skyline[place.x + i] = std::max(skyline[place.x + i], place.y + chosen.top[i]);
        placements[id] = place;
    }
    return true;
}

// Rows of charts laid on their longer side, tallest first: wasteful, but a step a chart where there are thousands.
bool shelve(const std::vector<Chart>& charts, const std::vector<int>& order, double scale, int side, int padding,
            std::vector<Placement>& placements) {
    int inner = side - padding, x = 0, y = 0, tall = 0;
    for (int id : order) {
        bool upright = charts[id].height > charts[id].width;
        int width = int(std::max(charts[id].width, charts[id].height) * scale) + 1 + padding;
        int height = int(std::min(charts[id].width, charts[id].height) * scale) + 1 + padding;
        if (x + width > inner) x = 0, y += tall, tall = 0;
        if (x + width > inner || y + height > inner) return false;
        placements[id] = {x, y, upright ? 1 : 0};
        x += width, tall = std::max(tall, height);
    }
    return true;
}

}  // namespace

// plane: [vertices, 2] chart coordinates on one common scale; faces: [faces, 3] int32; chart_of_face: [faces]
// int32 in [0, charts), charts sharing no vertex; mirrored charts are turned over. uv: [vertices, 2] in [0, 1],
// written for vertices that faces use. Returns 0, or 1 where even the smallest scale does not fit.
MAQUETTE_EXPORT int64_t maquette_pack_charts(const float* plane, const int32_t* faces, const int32_t* chart_of_face,
                                             float* uv, int64_t face_count, int64_t chart_count, int64_t side,
                                             int64_t padding) {
    std::vector<Chart> charts(chart_count);
    std::vector<double> left(chart_count, 1e300), low(chart_count, 1e300), right(chart_count, -1e300),
        high(chart_count, -1e300), area(chart_count, 0);
    double total = 0;
    for (int64_t f = 0; f < face_count; ++f) {
        int c = chart_of_face[f];
        const float *p = plane + 2 * int64_t(faces[3 * f]), *q = plane + 2 * int64_t(faces[3 * f + 1]),
                    *r = plane + 2 * int64_t(faces[3 * f + 2]);
        double twice = (double(q[0]) - p[0]) * (double(r[1]) - p[1]) - (double(q[1]) - p[1]) * (double(r[0]) - p[0]);
        area[c] += twice;
        total += std::abs(twice) / 2;
    }
    // v goes down, so a face that is counter-clockwise from outside must have a negative area in (u, v).
    std::vector<double> flip(chart_count);
    for (int64_t c = 0; c < chart_count; ++c) flip[c] = area[c] > 0 ? -1 : 1;
    for (int64_t f = 0; f < face_count; ++f)
        for (int k = 0; k < 3; ++k) {
            int c = chart_of_face[f];
            const float* p = plane + 2 * int64_t(faces[3 * f + k]);
            left[c] = std::min(left[c], flip[c] * p[0]), right[c] = std::max(right[c], flip[c] * p[0]);
            low[c] = std::min(low[c], double(p[1])), high[c] = std::max(high[c], double(p[1]));
        }
    for (int64_t c = 0; c < chart_count; ++c) charts[c].width = right[c] - left[c], charts[c].height = high[c] - low[c];
    for (int64_t f = 0; f < face_count; ++f)
        for (int k = 0; k < 3; ++k) {
            int c = chart_of_face[f];
            const float* p = plane + 2 * int64_t(faces[3 * f + k]);
            charts[c].triangles.push_back(flip[c] * p[0] - left[c]);
            charts[c].triangles.push_back(p[1] - low[c]);
        }
    std::vector<int> order(chart_count);
    std::iota(order.begin(), order.end(), 0);
    constexpr int64_t kMany = 4000;
    bool many = chart_count > kMany;
    auto size = [&](int c) { return std::max(charts[c].width, charts[c].height); };
    auto rank = [&](int c) { return many ? std::min(charts[c].width, charts[c].height) : size(c); };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return rank(a) > rank(b); });
    double largest = 0;
    for (int c : order) largest = std::max(largest, size(c));
    std::vector<Placement> placements(chart_count), trial(chart_count);
    // A square full to the brim bounds the scale from above; each failure lowers it until a packing fits.
    // So does the longest chart, which alone counts where there is hardly any area.
    double over = largest > 0 ? side / largest : 1, scale = 0;
    if (total > 0) over = std::min(over, side / std::sqrt(total));
    double guess = 0.8 * over;
    for (int attempt = 0; attempt < 40; ++attempt) {
        if ((many ? shelve : pack)(charts, order, guess, int(side), int(padding), trial)) {
            scale = guess, placements = trial;
            if (over / scale < 1.01) break;
            guess = std::min(scale * 1.05, (scale + over) / 2);
        } else {
            over = guess;
            if (scale > 0 && over / scale < 1.01) break;
            guess = scale > 0 ? (scale + over) / 2 : guess * 0.85;
        }
    }
    if (scale == 0) return 1;
    for (int64_t f = 0; f < face_count; ++f)
        for (int k = 0; k < 3; ++k) {
            int c = chart_of_face[f];
            int64_t vertex = faces[3 * f + k];
            double u, v;
            turned(charts[c], placements[c].turn, flip[c] * plane[2 * vertex] - left[c], plane[2 * vertex + 1] - low[c], u, v);
            uv[2 * vertex] = float(std::clamp((u * scale + placements[c].x + padding) / double(side), 0.0, 1.0));
            uv[2 * vertex + 1] = float(std::clamp((v * scale + placements[c].y + padding) / double(side), 0.0, 1.0));
        }
    return 0;
}
