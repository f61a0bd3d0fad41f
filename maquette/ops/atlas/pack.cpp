// Packing of charts into a square: each, the largest first, goes as low as it fits among those placed before it, holes
// included, in any of its poses (the bottom-left rule on a grid of cells). Orders and the largest scale that fits are
// searched.
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "atlas/mask.h"

namespace maquette::atlas {
namespace {

constexpr int64_t kSearch = 400'000'000;  // spent on better orders, in about nanoseconds

struct Pose {
    double cosine = 1, sine = 0;  // of the turn that lays the chart so
    double left = 0, low = 0, width = 0, height = 0;

    void operator()(double x, double y, double& u, double& v) const {
        u = cosine * x + sine * y - left, v = cosine * y - sine * x - low;
    }
};

struct Flat {
    std::vector<double> border;  // x, y of both ends of every edge that one face has
    std::vector<Pose> poses;     // the first in the smallest bounding box
    double area = 0;

    double width() const { return poses[0].width; }
    double height() const { return poses[0].height; }
};

struct Placement {
    int x = 0, y = 0, pose = 0, turn = 0;
};

// A point of the posed chart turned by quarter circles, in the box that its cells take.
inline void turned(double width, double height, int turn, double x, double y, double& u, double& v) {
    switch (turn) {
        case 0: u = x, v = y; break;
        case 1: u = height - y, v = x; break;
        case 2: u = width - x, v = height - y; break;
        default: u = y, v = width - x;
    }
}

using Points = std::vector<std::pair<double, double>>;

Pose posed(const Points& hull, double cosine, double sine) {
    double box[4] = {1e300, -1e300, 1e300, -1e300};
    for (auto& p : hull) {
        double x = cosine * p.first + sine * p.second, y = cosine * p.second - sine * p.first;
        box[0] = std::min(box[0], x), box[1] = std::max(box[1], x);
        box[2] = std::min(box[2], y), box[3] = std::max(box[3], y);
    }
    return {cosine, sine, box[0], box[2], box[1] - box[0], box[3] - box[2]};
}

// Upright, so that the bounding box is smallest: a side of it lies on the convex hull (Freeman and Shapira 1975).
// Charts that leave much of it empty may also lie askew.
void set_poses(Flat& chart) {
    Points points, hull;
    for (size_t i = 0; i < chart.border.size(); i += 2) points.push_back({chart.border[i], chart.border[i + 1]});
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    if (points.empty()) points.push_back({0, 0});
    auto side = [](auto& a, auto& b, auto& c) {
        return (b.first - a.first) * (c.second - a.second) - (b.second - a.second) * (c.first - a.first);
    };
    for (int half = 0; half < 2; ++half) {  // Andrew's monotone chain
        size_t start = hull.size();
        for (auto& p : points) {
            while (hull.size() >= start + 2 && side(hull[hull.size() - 2], hull.back(), p) <= 0) hull.pop_back();
            hull.push_back(p);
        }
        if (points.size() > 1) hull.pop_back();
        std::reverse(points.begin(), points.end());
    }
    Pose best = posed(hull, 1, 0);
    size_t stride = hull.size() / 256 + 1;
    for (size_t i = 0; i < hull.size(); i += stride) {
        auto &a = hull[i], &b = hull[(i + 1) % hull.size()];
        double dx = b.first - a.first, dy = b.second - a.second, size = std::sqrt(dx * dx + dy * dy);
        if (!(size > 0)) continue;
        Pose pose = posed(hull, dx / size, dy / size);
        if (pose.width * pose.height < best.width * best.height) best = pose;
    }
    chart.poses = {best};
    if (std::abs(chart.area) > 0.8 * best.width * best.height) return;
    for (double c : {0.8660254, 0.5}) {
        double s = std::sqrt(1 - c * c);
        chart.poses.push_back(posed(hull, c * best.cosine - s * best.sine, s * best.cosine + c * best.sine));
    }
}

// The cells that the scaled chart touches: those that its border passes, and those within.
void draw(const Flat& chart, const Pose& pose, double scale, std::vector<uint8_t>& cells, int& width, int& height) {
    width = int(pose.width * scale) + 1, height = int(pose.height * scale) + 1;
    cells.assign(size_t(width) * height, 0);
    for (size_t e = 0; e < chart.border.size(); e += 4) {
        double ax, ay, bx, by;
        pose(chart.border[e], chart.border[e + 1], ax, ay), pose(chart.border[e + 2], chart.border[e + 3], bx, by);
        ax *= scale, ay *= scale, bx *= scale, by *= scale;
        if (ay > by) std::swap(ax, bx), std::swap(ay, by);
        int low = std::clamp(int(ay - 1e-6), 0, height - 1), high = std::clamp(int(by + 1e-6), 0, height - 1);
        double slope = by > ay ? (bx - ax) / (by - ay) : 0;
        for (int row = low; row <= high; ++row) {
            double at = ay < row ? ax + slope * (row - ay) : ax, end = by > row + 1 ? ax + slope * (row + 1 - ay) : bx;
            int first = std::clamp(int(std::min(at, end) - 1e-6), 0, width - 1);
            int last = std::clamp(int(std::max(at, end) + 1e-6), 0, width - 1);
            for (int column = first; column <= last; ++column) cells[size_t(row) * width + column] |= 1;
            // Rows whose middle the edge passes change sides to the right of it.
            if (ay <= row + 0.5 && row + 0.5 < by)
                cells[size_t(row) * width + std::clamp(int(ax + slope * (row + 0.5 - ay)), 0, width - 1)] ^= 2;
        }
    }
    for (int row = 0; row < height; ++row) {
        uint8_t inside = 0;
        for (int column = 0; column < width; ++column) {
            uint8_t& cell = cells[size_t(row) * width + column];
            inside ^= cell >> 1;
            cell = (cell & 1) | inside;
        }
    }
}

struct Packing {
    const std::vector<Flat>& charts;
    int side, padding;
    const std::vector<Placement>* poses = nullptr;  // where only these are tried
    int64_t work = 0;                               // about nanoseconds

    bool operator()(const std::vector<int>& order, double scale, std::vector<Placement>& placements) {
        int inner = side - 2 * padding;  // the border keeps the same distance as neighbours do
        if (inner <= 0) return false;
        for (int id : order)
            if (std::max(charts[id].width(), charts[id].height()) * scale >= inner) return false;
        Board board(inner);
        std::vector<uint8_t> cells;
        int width, height, turns = order.size() > 800 ? 2 : 4;
        for (int id : order) {
            int best = inner + 1;
            Placement place;
            Mask chosen;
            for (size_t pose = 0; pose < charts[id].poses.size(); ++pose) {
                const Pose& p = charts[id].poses[pose];
                if (poses && (*poses)[id].pose != int(pose)) continue;
                if (std::max(p.width, p.height) * scale >= inner) continue;
                draw(charts[id], p, scale, cells, width, height);
                work += 4 * int64_t(charts[id].border.size()) + 2 * int64_t(cells.size());
                for (int turn = 0; turn < turns; ++turn) {
                    Mask mask = mask_of(cells, width, height, turn);
                    for (int y = 0; y + mask.height < best; ++y) {
                        int x = board.fit(mask, y);
                        work += 40;
                        if (x < 0) continue;
                        best = y + mask.height, place = {x, y, int(pose), turn}, chosen = std::move(mask);
                        break;
                    }
                    work += 10 * int64_t(cells.size());
                }
            }
            if (chosen.runs.empty()) return false;
            placements[id] = place;
            // What is taken keeps its distance: the chart's cells, widened by the padding on all sides.
            for (const Mask::Run& run : chosen.runs)
                for (int y = place.y + run.row - padding; y <= place.y + run.row + padding; ++y)
                    if (y >= 0 && y < inner) board.take(y, place.x + run.from - padding, place.x + run.to + padding);
            for (int y = place.y - padding; y < place.y + chosen.height + padding; ++y)
                if (y >= 0 && y < inner) board.refresh(y);
        }
        return true;
    }
};

// Rows of charts laid on their longer side, tallest first: wasteful, but a step a chart where there are thousands.
bool shelve(const std::vector<Flat>& charts, const std::vector<int>& order, double scale, int side, int padding,
            std::vector<Placement>& placements) {
    int inner = side - padding, x = 0, y = 0, tall = 0;
    for (int id : order) {
        bool tower = charts[id].height() > charts[id].width();
        int width = int(std::max(charts[id].width(), charts[id].height()) * scale) + 1 + padding;
        int height = int(std::min(charts[id].width(), charts[id].height()) * scale) + 1 + padding;
        if (x + width > inner) x = 0, y += tall, tall = 0;
        if (x + width > inner || y + height > inner) return false;
        placements[id] = {x, y, 0, tower ? 1 : 0};
        x += width, tall = std::max(tall, height);
    }
    return true;
}

// Several orders are tried on a coarse grid, each against the best so far; the best goes onto the fine one.
// limit: a scale that cannot fit; guess: one that may. Returns the scale in cells, 0 where none fits; cell: its texels.
double placed(const std::vector<Flat>& charts, int side, int padding, double limit, double guess,
              std::vector<Placement>& placements, int& cell) {
    std::vector<int> order(charts.size());
    std::iota(order.begin(), order.end(), 0);
    auto wide = [&](int c) { return std::max(charts[c].width(), charts[c].height()); };
    auto narrow = [&](int c) { return std::min(charts[c].width(), charts[c].height()); };
    std::vector<Placement> trial(charts.size());
    auto search = [&](auto& fits, const std::vector<int>& by, double scale, double first, double enough) {
        double low = scale, high = limit / cell;  // fits; does not
        double now = scale > 0 ? scale * enough : first;
        for (int attempt = 0; attempt < 40 && now < high; ++attempt) {
            if (fits(by, now, trial)) {
                low = now, placements = trial;
                now = std::min(now * 1.04, std::sqrt(now * high));
            } else {
                if (low == scale && scale > 0) break;
                high = now;
                now = low > 0 ? std::sqrt(low * high) : now * (attempt < 8 ? 0.95 : 0.8);
            }
            if (low > 0 && high / low < enough) break;
        }
        return low;
    };
    cell = 1;
    constexpr size_t kMany = 4000;
    if (charts.size() > kMany) {
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return narrow(a) > narrow(b); });
        auto rows = [&](auto& by, double scale, auto& out) { return shelve(charts, by, scale, side, padding, out); };
        return search(rows, order, 0, guess, 1.01);
    }
    while (cell < 4 && padding % (2 * cell) == 0 && side % (2 * cell) == 0) cell *= 2;
    Packing coarse{charts, side / cell, padding / cell};
    std::vector<double> key(charts.size());
    std::vector<int> best;
    double scale = 0;
    uint32_t state = 1;
    for (int attempt = 0; attempt < 120 && (attempt < 2 || coarse.work < kSearch); ++attempt) {
        for (size_t c = 0; c < charts.size(); ++c) {
            state = state * 1664525u + 1013904223u;  // Numerical Recipes' generator
            double chance = attempt < 3 ? 0 : double(state >> 8) / 16777216.0 - 0.5;
            double size = attempt % 3 == 0 ? wide(int(c)) + 0.5 * narrow(int(c))
                          : attempt % 3 == 1 ? std::sqrt(wide(int(c)) * narrow(int(c)))
                                             : std::sqrt(std::abs(charts[c].area));
            key[c] = size * (1 + 0.6 * chance);
        }
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key[a] > key[b]; });
        double found = search(coarse, order, scale, guess / cell, 1.01);
        if (found > scale) scale = found, best = order;
    }
    if (best.empty()) return 0;
    if (cell == 1) return scale;
    cell /= 2;
    std::vector<Placement> found = placements;
    Packing fine{charts, side / cell, padding / cell, &found};
    double finest = search(fine, best, 0, 2 * scale * 1.01, 1.008);
    if (finest >= 2 * scale) return finest;
    cell *= 2, placements = found;
    return scale;
}

}  // namespace
}  // namespace maquette::atlas

// plane: [vertices, 2] chart coordinates on one common scale; faces: [faces, 3] int32; chart_of_face: [faces]
// int32 in [0, charts), charts sharing no vertex; mirrored charts are turned over. uv: [vertices, 2] in [0, 1],
// written for vertices that faces use. Returns 0, or 1 where even the smallest scale does not fit.
MAQUETTE_EXPORT int64_t maquette_pack_charts(const double* plane, const int32_t* faces, const int32_t* chart_of_face,
                                             float* uv, int64_t face_count, int64_t chart_count, int64_t side,
                                             int64_t padding) try {
    using namespace maquette::atlas;
    std::vector<Flat> charts(chart_count);
    for (int64_t f = 0; f < face_count; ++f) {
        const double *p = plane + 2 * int64_t(faces[3 * f]), *q = plane + 2 * int64_t(faces[3 * f + 1]),
                     *r = plane + 2 * int64_t(faces[3 * f + 2]);
        charts[chart_of_face[f]].area += ((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])) / 2;
    }
    // v goes down, so a face that is counter-clockwise from outside must have a negative area in (u, v).
    auto flip = [&](int32_t c) { return charts[c].area > 0 ? -1.0 : 1.0; };
    std::vector<std::array<int32_t, 3>> edges;
    edges.reserve(3 * face_count);
    for (int64_t f = 0; f < face_count; ++f)
        for (int k = 0; k < 3; ++k) {
            int32_t a = faces[3 * f + k], b = faces[3 * f + (k + 1) % 3];
            edges.push_back({std::min(a, b), std::max(a, b), chart_of_face[f]});
        }
    std::sort(edges.begin(), edges.end());
    for (size_t i = 0, j; i < edges.size(); i = j) {
        for (j = i + 1; j < edges.size() && edges[j][0] == edges[i][0] && edges[j][1] == edges[i][1];) ++j;
        if ((j - i) % 2 == 0) continue;
        for (int end = 0; end < 2; ++end) {
            const double* p = plane + 2 * int64_t(edges[i][end]);
            charts[edges[i][2]].border.push_back(flip(edges[i][2]) * p[0]);
            charts[edges[i][2]].border.push_back(p[1]);
        }
    }
    double total = 0, border = 0, largest = 0;
    for (Flat& chart : charts) {
        set_poses(chart);
        total += std::abs(chart.area), border += 2 * (chart.width() + chart.height());
        largest = std::max({largest, chart.width(), chart.height()});
    }
    // A square full to the brim bounds the scale from above; so does the longest chart, which alone counts where there
    // is hardly any area.
    double limit = largest > 0 ? side / largest : 1;
    if (total > 0) limit = std::min(limit, side / std::sqrt(total));
    // The first guess: charts, and half a gap around each, take seven tenths of the square.
    double half = 0.5 * (double(padding) + 1) * border, room = 0.7 * double(side) * double(side);
    double guess = std::min(0.95 * limit, (std::sqrt(half * half + 4 * total * room) - half) / std::max(2 * total, 1e-300));
    if (!(guess > 0)) guess = 0.8 * limit;
    std::vector<Placement> placements(chart_count);
    int cell;
    double scale = placed(charts, int(side), int(padding), limit, guess, placements, cell);
    if (scale == 0) return 1;
    for (int64_t f = 0; f < face_count; ++f)
        for (int k = 0; k < 3; ++k) {
            const Placement& place = placements[chart_of_face[f]];
            const Pose& pose = charts[chart_of_face[f]].poses[place.pose];
            int64_t vertex = faces[3 * f + k];
            double x, y, u, v;
            pose(flip(chart_of_face[f]) * plane[2 * vertex], plane[2 * vertex + 1], x, y);
            double width = int(pose.width * scale) + 1, height = int(pose.height * scale) + 1;
            turned(width, height, place.turn, x * scale, y * scale, u, v);
            uv[2 * vertex] = float(std::clamp(((u + place.x) * cell + double(padding)) / double(side), 0.0, 1.0));
            uv[2 * vertex + 1] = float(std::clamp(((v + place.y) * cell + double(padding)) / double(side), 0.0, 1.0));
        }
    return 0;
} MAQUETTE_END
