// One chart: faces laid flat, as true to length as they can be, and the proof that they neither turn over nor overlap.
#pragma once
#include <algorithm>
#include <unordered_map>

#include "atlas/surface.h"

namespace maquette::atlas {

struct Chart {
    std::vector<int32_t> faces;
    std::vector<int32_t> corner;  // three of `flat` a face: corners are one where the chart's faces are joined
    std::vector<Plane> flat;
    double area = 0, border = 0;
    uint32_t stamp = 0;

    bool empty() const { return faces.empty(); }
};

struct Strain {
    double mean = 1e300;   // of the symmetric Dirichlet energy above its least, weighted by area; 0 is an isometry
    double worst = 1e300;  // face; infinite where one is turned over
};

inline constexpr double kWorst = 30;  // of a face's energy: to about a fifth of its length

// Smith and Schaefer 2015, "Bijective parameterization with free boundaries", equation 1, above its least.
inline double strain(const Surface& s, int32_t f, Plane a, Plane b, Plane c) {
    double along = s.side[3 * f].x, x = -s.side[3 * f + 2].x, y = -s.side[3 * f + 2].y;
    Plane first = (1 / along) * (b - a), second = (1 / y) * (c - a - x * first);
    double squares = dot(first, first) + dot(second, second), area = cross(first, second);
    return area > 1e-4 ? (squares + squares / (area * area)) / 4 - 1 : 1e300;
}

inline Strain strain(const Surface& s, const Chart& chart, size_t from = 0) {
    Strain out{0, 0};
    double area = 0;
    for (size_t i = from; i < chart.faces.size(); ++i) {
        const int32_t *c = &chart.corner[3 * i], f = chart.faces[i];
        double energy = strain(s, f, chart.flat[c[0]], chart.flat[c[1]], chart.flat[c[2]]);
        out.mean += s.area[f] * std::min(energy, kWorst), area += s.area[f];
        out.worst = std::max(out.worst, energy);
    }
    out.mean /= std::max(area, 1e-300);
    return out;
}

// As rigid as possible: every face's best turn, then the flat positions that suit all of them (Liu et al. 2008,
// "A local/global approach to mesh parameterization", section 4), by conjugate gradients from where they were.
class Relaxation {
   public:
    explicit Relaxation(const Surface& s) : s_(s) {}
    int64_t work = 0;  // faces times sweeps over them

    void run(Chart& chart, int rounds, int steps) {
        size_t n = chart.flat.size();
        diagonal_.assign(n, 0), edges_.clear();
        for (size_t i = 0; i < chart.faces.size(); ++i)
            for (int k = 0; k < 3; ++k) {
                int32_t a = chart.corner[3 * i + k], b = chart.corner[3 * i + (k + 1) % 3];
                double w = s_.weight[3 * chart.faces[i] + k];
                edges_.push_back({a, b, w});
                diagonal_[a] += w, diagonal_[b] += w;
            }
        for (double& d : diagonal_) d = d > 0 ? 1 / d : 0;
        for (int round = 0; round < rounds; ++round) {
            right_.assign(n, Plane{});
            for (size_t i = 0; i < chart.faces.size(); ++i) {
                Plane best{1e-300, 0}, wanted[3];
                const Plane* side = &s_.side[3 * chart.faces[i]];
                const double* weight = &s_.weight[3 * chart.faces[i]];
                for (int k = 0; k < 3; ++k) {
                    Plane now = chart.flat[chart.corner[3 * i + (k + 1) % 3]] - chart.flat[chart.corner[3 * i + k]];
                    best = best + weight[k] * Plane{dot(side[k], now), cross(side[k], now)};
                }
                best = (1 / std::sqrt(dot(best, best))) * best;
                for (int k = 0; k < 3; ++k) wanted[k] = weight[k] * turn(best, side[k]);
                for (int k = 0; k < 3; ++k) {
                    Plane& at = right_[chart.corner[3 * i + k]];
                    at = at - wanted[k] + wanted[(k + 2) % 3];
                }
            }
            work += int64_t(chart.faces.size()) * (2 + solve(chart.flat, steps));
        }
    }

   private:
    struct Edge {
        int32_t a, b;
        double w;
    };
    void apply(const std::vector<Plane>& x, std::vector<Plane>& y) const {
        std::fill(y.begin(), y.end(), Plane{});
        for (const Edge& e : edges_) {
            Plane d = e.w * (x[e.a] - x[e.b]);
            y[e.a] = y[e.a] + d, y[e.b] = y[e.b] - d;
        }
    }
    int solve(std::vector<Plane>& x, int steps) {
        size_t n = x.size();
        rest_.resize(n), along_.resize(n), image_.resize(n);
        apply(x, image_);
        double energy = 0, size = 0;
        for (size_t i = 0; i < n; ++i) {
            rest_[i] = right_[i] - image_[i];
            along_[i] = diagonal_[i] * rest_[i];
            energy += dot(rest_[i], along_[i]);
            size += diagonal_[i] * dot(right_[i], right_[i]);
        }
        int step = 0;
        double enough = std::max(1e-4 * energy, 1e-14 * size);
        while (step < steps && energy > enough) {
            ++step;
            apply(along_, image_);
            double curve = 0;
            for (size_t i = 0; i < n; ++i) curve += dot(along_[i], image_[i]);
            if (!(curve > 0)) break;
            double far = energy / curve, before = energy;
            energy = 0;
            for (size_t i = 0; i < n; ++i) {
                x[i] = x[i] + far * along_[i];
                rest_[i] = rest_[i] - far * image_[i];
                energy += diagonal_[i] * dot(rest_[i], rest_[i]);
            }
            for (size_t i = 0; i < n; ++i) along_[i] = diagonal_[i] * rest_[i] + (energy / before) * along_[i];
        }
        return step;
    }

    const Surface& s_;
    std::vector<double> diagonal_;
    std::vector<Edge> edges_;
    std::vector<Plane> right_, rest_, along_, image_;
};

// Whether a chart, no face of which is turned over, covers no point twice: it does not wind more than once around any
// vertex, its border neither crosses nor touches itself nor passes a vertex twice, and of the border's loops one alone
// runs to the left, the outer one. (By Hopf's Umlaufsatz such a chart is embedded.)
class Embedding {
   public:
    // joined: for half-edges, whether the chart goes on across them.
    bool holds(const Chart& chart, const std::vector<uint8_t>& joined) {
        angle_.assign(chart.flat.size(), 0);
        border_.clear();
        double length = 0;
        Plane low{1e300, 1e300}, high{-1e300, -1e300};
        for (size_t i = 0; i < chart.faces.size(); ++i)
            for (int k = 0; k < 3; ++k) {
                int32_t a = chart.corner[3 * i + k], b = chart.corner[3 * i + (k + 1) % 3];
                Plane p = chart.flat[a], q = chart.flat[b], r = chart.flat[chart.corner[3 * i + (k + 2) % 3]];
                angle_[a] += std::atan2(cross(q - p, r - p), dot(q - p, r - p));
                if (joined[3 * chart.faces[i] + k]) continue;
                border_.push_back({a, b, p, q});
                length += std::sqrt(dot(q - p, q - p));
                low = {std::min(low.x, p.x), std::min(low.y, p.y)}, high = {std::max(high.x, p.x), std::max(high.y, p.y)};
            }
        if (border_.empty()) return false;
        for (double sum : angle_)
            if (sum > 6.2832) return false;  // 2 pi and rounding
        if (!one_outside(chart.flat.size())) return false;
        double extent = std::max(high.x - low.x, high.y - low.y);
        near_ = 1e-7 * extent;
        double cell = std::max(1.5 * length / double(border_.size()), extent / std::sqrt(8.0 * double(border_.size()) + 16));
        int64_t columns = int64_t((high.x - low.x) / cell) + 1, rows = int64_t((high.y - low.y) / cell) + 1;
        first_.assign(columns * rows + 1, 0);
        auto cells = [&](const Segment& e, auto&& visit) {
            auto column = [&](double x) { return std::clamp<int64_t>(int64_t((x - low.x) / cell), 0, columns - 1); };
            auto row = [&](double y) { return std::clamp<int64_t>(int64_t((y - low.y) / cell), 0, rows - 1); };
            double left = std::min(e.p.x, e.q.x) - near_, right = std::max(e.p.x, e.q.x) + near_;
            for (int64_t x = column(left); x <= column(right); ++x) {
                // Only the rows that the segment passes within this column.
                double y0 = std::min(e.p.y, e.q.y), y1 = std::max(e.p.y, e.q.y), wide = e.q.x - e.p.x;
                if (std::abs(wide) > near_) {
                    double slope = (e.q.y - e.p.y) / wide, edge = low.x + cell * double(x);
                    double a = e.p.y + slope * (edge - near_ - e.p.x), b = e.p.y + slope * (edge + cell + near_ - e.p.x);
                    y0 = std::max(y0, std::min(a, b)), y1 = std::min(y1, std::max(a, b));
                }
                for (int64_t y = row(y0 - near_); y <= row(y1 + near_); ++y) visit(x + columns * y);
            }
        };
        for (const Segment& e : border_) cells(e, [&](int64_t c) { ++first_[c + 1]; });
        for (size_t c = 1; c < first_.size(); ++c) first_[c] += first_[c - 1];
        inside_.resize(first_.back());
        fill_.assign(first_.begin(), first_.end() - 1);
        for (size_t e = 0; e < border_.size(); ++e) cells(border_[e], [&](int64_t c) { inside_[fill_[c]++] = int32_t(e); });
        for (size_t c = 0; c + 1 < first_.size(); ++c)
            for (int32_t i = first_[c]; i < first_[c + 1]; ++i)
                for (int32_t j = i + 1; j < first_[c + 1]; ++j)
                    if (meet(border_[inside_[i]], border_[inside_[j]])) return false;
        return true;
    }

   private:
    struct Segment {
        int32_t a, b;
        Plane p, q;
    };
    // No vertex is on the border twice, and one loop of the border alone runs to the left.
    bool one_outside(size_t vertices) {
        loop_.assign(vertices, -1), turn_.assign(vertices, 0);
        for (const Segment& e : border_) {
            if (loop_[e.a] >= 0) return false;
            loop_[e.a] = e.b, turn_[e.a] = cross(e.p, e.q);
        }
        int outside = 0;
        for (const Segment& e : border_) {
            double area = 0;
            for (int32_t v = e.a; v >= 0 && loop_[v] >= 0;) {
                int32_t to = loop_[v];
                area += turn_[v], loop_[v] = -1, v = to;
            }
            outside += area > 0;
        }
        return outside == 1;
    }
    static double distance(Plane x, const Segment& e) {
        Plane along = e.q - e.p;
        double t = std::clamp(dot(x - e.p, along) / std::max(dot(along, along), 1e-300), 0.0, 1.0);
        Plane d = x - e.p - t * along;
        return dot(d, d);
    }
    bool meet(const Segment& e, const Segment& g) const {
        if (e.a == g.a || e.a == g.b || e.b == g.a || e.b == g.b) return false;
        if (std::max(e.p.x, e.q.x) + near_ < std::min(g.p.x, g.q.x) || std::max(g.p.x, g.q.x) + near_ < std::min(e.p.x, e.q.x) ||
            std::max(e.p.y, e.q.y) + near_ < std::min(g.p.y, g.q.y) || std::max(g.p.y, g.q.y) + near_ < std::min(e.p.y, e.q.y))
            return false;
        Plane d = e.q - e.p, h = g.q - g.p;
        double s0 = cross(d, g.p - e.p), s1 = cross(d, g.q - e.p), t0 = cross(h, e.p - g.p), t1 = cross(h, e.q - g.p);
        if (((s0 > 0) != (s1 > 0)) && ((t0 > 0) != (t1 > 0))) return true;
        return std::min({distance(g.p, e), distance(g.q, e), distance(e.p, g), distance(e.q, g)}) < near_ * near_;
    }

    std::vector<double> angle_, turn_;
    std::vector<int32_t> loop_;
    std::vector<Segment> border_;
    std::vector<int32_t> first_, fill_, inside_;
    double near_ = 0;
};

}  // namespace maquette::atlas
