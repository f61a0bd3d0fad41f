// Edge collapse that keeps what is painted on a surface: vertices fall onto neighbours and take over their texture
// coordinates and normals, chart by chart, in the order of quadric error in position and attributes together (Garland
// and Heckbert 1998, "Simplifying surfaces with color and texture using quadric error metrics"; in the form of Hoppe
// 1999, "New quadric metric for simplifying meshes with appearance attributes").
#include <array>
#include <cmath>
#include <queue>

#include "kernel.h"

namespace {

using Vec = std::array<double, 3>;
inline Vec operator-(const Vec& a, const Vec& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
inline double dot(const Vec& a, const Vec& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
inline Vec cross(const Vec& a, const Vec& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

constexpr int kAttributes = 5;  // u, v and a normal, in world units
using Values = std::array<double, kAttributes>;

// Weighted squares of distances to planes: p'Ap + 2b'p + c.
struct Quadric {
    double a[6] = {}, b[3] = {}, c = 0, weight = 0;

    void add_plane(const Vec& n, double d, double w) {  // w (n'p + d)^2
        a[0] += w * n[0] * n[0], a[1] += w * n[0] * n[1], a[2] += w * n[0] * n[2];
        a[3] += w * n[1] * n[1], a[4] += w * n[1] * n[2], a[5] += w * n[2] * n[2];
        for (int i = 0; i < 3; ++i) b[i] += w * n[i] * d;
        c += w * d * d;
    }
    void add(const Quadric& q) {
        for (int i = 0; i < 6; ++i) a[i] += q.a[i];
        for (int i = 0; i < 3; ++i) b[i] += q.b[i];
        c += q.c, weight += q.weight;
    }
    double operator()(const Vec& p) const {
        double x = a[0] * p[0] + 2 * (a[1] * p[1] + a[2] * p[2]) + 2 * b[0];
        double y = a[3] * p[1] + 2 * a[4] * p[2] + 2 * b[1];
        return std::max(0.0, x * p[0] + y * p[1] + (a[5] * p[2] + 2 * b[2]) * p[2] + c);
    }
};

// Of one wedge, the corners at a vertex that share their attributes: how far attributes are from the linear functions
// that they were on the faces around, as Hoppe's equation 5.
struct Wedge {
    Quadric fit;  // (gradient'p + offset)^2, summed over attributes
    double gradient[kAttributes][3] = {}, offset[kAttributes] = {}, area = 0;

    void add(const Wedge& o) {
        fit.add(o.fit), area += o.area;
        for (int k = 0; k < kAttributes; ++k) {
            offset[k] += o.offset[k];
            for (int i = 0; i < 3; ++i) gradient[k][i] += o.gradient[k][i];
        }
    }
    double operator()(const Vec& p, const double* s) const {
        double out = 0;
        for (int k = 0; k < kAttributes; ++k) {
            double linear = offset[k] + gradient[k][0] * p[0] + gradient[k][1] * p[1] + gradient[k][2] * p[2];
            out += s[k] * (area * s[k] - 2 * linear);
        }
        return std::max(0.0, fit(p) + out);
    }
};

struct Candidate {
    double cost;
    int32_t from, to;
    uint32_t stamp;
    bool operator<(const Candidate& o) const {
        if (cost != o.cost) return cost > o.cost;
        return from != o.from ? from > o.from : to > o.to;
    }
};

enum Strictness { kAllWedges, kChartsOnly, kAnyShape };

class Appearance {
   public:
    Appearance(const float* points, int64_t point_count, const int32_t* place, const int32_t* chart,
               const float* attributes, int64_t wedge_count, const int32_t* faces, int64_t face_count,
               const uint8_t* locked, double most)
        : most_(most), place_(place), chart_(chart), locked_(locked), face_(faces, faces + 3 * face_count), wedge_(wedge_count),
          value_(attributes, attributes + kAttributes * wedge_count), alive_(face_count) {
        point_.resize(point_count), shape_.resize(point_count), ring_.resize(point_count), stamp_.resize(point_count);
        mark_.resize(point_count), border_.resize(point_count);
        for (int64_t v = 0; v < point_count; ++v) point_[v] = {points[3 * v], points[3 * v + 1], points[3 * v + 2]};
        for (int64_t f = 0; f < face_count; ++f)
            for (int k = 0; k < 3; ++k) ring_[at(3 * f + k)].push_back(int32_t(f));
        set_quadrics(face_count);
    }

    // Collapses until no more than `target` faces are left, or nothing can be.
    void run(int64_t target) {
        for (Strictness level : {kAllWedges, kChartsOnly, kAnyShape}) {
            if (alive_ <= target) return;
            level_ = level;
            fill_heap();
            while (alive_ > target && !heap_.empty()) {
                Candidate c = heap_.top();
                heap_.pop();
                if (c.stamp != stamp_[c.from] + stamp_[c.to] || ring_[c.from].empty() || ring_[c.to].empty()) continue;
                collapse(c.from, c.to);
            }
        }
    }

    int64_t write(int32_t* faces, double* error) const {
        int64_t count = 0;
        for (size_t f = 0; f < face_.size() / 3; ++f) {
            if (face_[3 * f] < 0) continue;
            for (int k = 0; k < 3; ++k) faces[3 * count + k] = face_[3 * f + k];
            ++count;
        }
        *error = error_;
        return count;
    }

   private:
    int32_t at(int64_t corner) const { return place_[face_[corner]]; }
    bool has(int32_t f, int32_t v) const { return at(3 * f) == v || at(3 * f + 1) == v || at(3 * f + 2) == v; }
    int32_t wedge_in(int32_t f, int32_t v) const {
        for (int k = 0; k < 3; ++k)
            if (at(3 * f + k) == v) return face_[3 * f + k];
        return -1;
    }

    void set_quadrics(int64_t face_count) {
        for (int64_t f = 0; f < face_count; ++f) {
            const Vec &p = point_[at(3 * f)], &q = point_[at(3 * f + 1)], &r = point_[at(3 * f + 2)];
            Vec e1 = q - p, e2 = r - p, n = cross(e1, e2);
            double twice = std::sqrt(dot(n, n));
            if (!(twice > 0)) continue;
            for (double& x : n) x /= twice;
            double share = twice / 6, c11 = dot(e1, e1), c12 = dot(e1, e2), c22 = dot(e2, e2), det = twice * twice;
            Wedge field;
            for (int k = 0; k < kAttributes; ++k) {
                double s0 = value_[kAttributes * size_t(face_[3 * f]) + k];
                double s1 = value_[kAttributes * size_t(face_[3 * f + 1]) + k] - s0;
                double s2 = value_[kAttributes * size_t(face_[3 * f + 2]) + k] - s0;
                double x = (c22 * s1 - c12 * s2) / det, y = (c11 * s2 - c12 * s1) / det;
                Vec g = {x * e1[0] + y * e2[0], x * e1[1] + y * e2[1], x * e1[2] + y * e2[2]};
                double d = s0 - dot(g, p);
                field.fit.add_plane(g, d, share);
                for (int i = 0; i < 3; ++i) field.gradient[k][i] = share * g[i];
                field.offset[k] = share * d;
            }
            field.area = share;
            for (int k = 0; k < 3; ++k) {
                int32_t v = at(3 * f + k), w = at(3 * f + (k + 1) % 3);
                shape_[v].add_plane(n, -dot(n, p), share), shape_[v].weight += share;
                wedge_[face_[3 * f + k]].add(field);
                int32_t other = -1;
                int count = 0;
                for (int32_t g : ring_[v])
                    if (has(g, w)) count += 1, other = g == f ? other : g;
                bool open = count != 2;
                bool seam = !open && (chart_[wedge_in(other, v)] != chart_[face_[3 * f + k]] ||
                                      chart_[wedge_in(other, w)] != chart_[face_[3 * f + (k + 1) % 3]]);
                if (open) border_[v] = border_[w] = 1;
                if (!open && !seam) continue;
                // Borders and seams stay where they are: planes through them, upright on their faces.
                Vec along = point_[w] - point_[v], side = cross(along, n);
                double reach = std::sqrt(dot(side, side));
                if (!(reach > 0)) continue;
                for (double& x : side) x /= reach;
                double weight = (open ? 2 : 1) * reach * reach / 2;
                for (int32_t x : {face_[3 * f + k], face_[3 * f + (k + 1) % 3]})
                    wedge_[x].fit.add_plane(side, -dot(side, point_[v]), weight);
            }
        }
    }

    // Where the wedges of `from` go when it falls onto `to`; false where one has nowhere to go.
    bool map_wedges(int32_t from, int32_t to) {
        map_.clear();
        for (int32_t f : ring_[from]) {
            if (!has(f, to)) continue;
            int32_t w = wedge_in(f, from), x = wedge_in(f, to);
            bool known = false;
            for (auto& [a, b] : map_) {
                if (a == w && b != x && (level_ == kAllWedges || chart_[b] != chart_[x])) return false;
                // The same chart at one end must be the same chart at the other.
                if (chart_[a] == chart_[w] && chart_[b] != chart_[x]) return false;
                known |= a == w;
            }
            if (!known) map_.push_back({w, x});
        }
        size_t certain = map_.size();
        for (int32_t f : ring_[from]) {
            if (has(f, to)) continue;
            int32_t w = wedge_in(f, from), x = -1;
            bool known = false;
            for (size_t i = 0; i < map_.size(); ++i) known |= map_[i].first == w;
            if (known) continue;
            if (level_ == kAllWedges) return false;
            for (size_t i = 0; i < certain; ++i)
                if (chart_[map_[i].first] == chart_[w]) x = map_[i].second;
            if (x < 0) return false;
            map_.push_back({w, nearest_wedge(to, x, w)});
        }
        return true;
    }

    // Of the wedges of a vertex that lie in one chart, the one whose normal is most like another's.
    int32_t nearest_wedge(int32_t v, int32_t like, int32_t normal_of) const {
        int32_t best = like;
        double least = 1e300;
        if (ring_[v].size() > 256) return best;
        for (int32_t f : ring_[v]) {
            int32_t w = wedge_in(f, v);
            if (chart_[w] != chart_[like]) continue;
            double far = 0;
            for (int k = 2; k < kAttributes; ++k) {
                double d = value_[kAttributes * size_t(w) + k] - value_[kAttributes * size_t(normal_of) + k];
                far += d * d;
            }
            if (far < least || (far == least && w < best)) least = far, best = w;
        }
        return best;
    }

    double cost(int32_t from, int32_t to) {
        // A hub of very many faces is no vertex to remove, and would be costly to weigh again and again.
        if (locked_[from] || ring_[from].size() > 64 || !map_wedges(from, to)) return 1e300;
        double out = shape_[from](point_[to]);
        for (auto& [a, b] : map_) out += wedge_[a](point_[to], &value_[kAttributes * size_t(b)]);
        return out;
    }

    void offer(int32_t a, int32_t b) {
        double there = cost(a, b), back = cost(b, a);
        if (std::min(there, back) >= 1e300) return;
        if (there > back) std::swap(a, b), std::swap(there, back);
        heap_.push({there, a, b, stamp_[a] + stamp_[b]});
        // The other way round comes into question where this one turns out to be barred.
        if (back < 1e300) heap_.push({back, b, a, stamp_[a] + stamp_[b]});
    }

    void fill_heap() {
        heap_ = {};
        for (size_t f = 0; f < face_.size() / 3; ++f) {
            if (face_[3 * f] < 0) continue;
            for (int k = 0; k < 3; ++k) {
                int32_t a = at(3 * f + k), b = at(3 * f + (k + 1) % 3);
                if (a < b || border_[a]) offer(a, b);
            }
        }
    }

    // The edge's faces and nothing else lie in the stars of both ends (Dey et al. 1999); borders only slide.
    bool link_condition(int32_t from, int32_t to) {
        int shared = 0;
        int32_t apex[2];
        for (int32_t f : ring_[from]) {
            if (!has(f, to)) continue;
            if (shared == 2) return false;
            for (int k = 0; k < 3; ++k)
                if (at(3 * f + k) != from && at(3 * f + k) != to) apex[shared] = at(3 * f + k);
            ++shared;
        }
        if (shared == 0 || (border_[from] && shared == 2)) return false;
        ++pass_;
        for (int32_t f : ring_[from])
            for (int k = 0; k < 3; ++k) mark_[at(3 * f + k)] = pass_;
        mark_[from] = mark_[to] = 0;
        int common = 0;
        for (int32_t f : ring_[to])
            for (int k = 0; k < 3; ++k) {
                int32_t v = at(3 * f + k);
                if (mark_[v] == pass_) ++common, mark_[v] = 0;
            }
        if (common != shared) return false;
        if (shared == 1) return ring_[from].size() > 1 && (ring_[from].size() > 2 || ring_[to].size() > 1);
        for (int32_t f : ring_[from])
            if (has(f, apex[0]) && has(f, apex[1]))
                for (int32_t g : ring_[to])
                    if (has(g, apex[0]) && has(g, apex[1])) return false;
        return true;
    }

    int32_t mapped(int32_t w) const {
        for (auto& [a, b] : map_)
            if (a == w) return b;
        return w;
    }

    static double quality(const Vec& p, const Vec& q, const Vec& r, const Vec& normal) {
        Vec e0 = q - p, e1 = r - q, e2 = p - r;
        double sum = dot(e0, e0) + dot(e1, e1) + dot(e2, e2);
        return sum > 0 ? 2 * std::sqrt(3.0) * std::sqrt(dot(normal, normal)) / sum : 0;
    }

    // No face turns over, neither in space nor in the texture.
    bool faces_stay(int32_t from, int32_t to) const {
        for (int32_t f : ring_[from]) {
            if (has(f, to)) continue;
            Vec before[3], after[3];
            const double *old_uv[3], *new_uv[3];
            for (int k = 0; k < 3; ++k) {
                int32_t w = face_[3 * f + k];
                bool moves = place_[w] == from;
                before[k] = point_[place_[w]], after[k] = moves ? point_[to] : before[k];
                old_uv[k] = &value_[kAttributes * size_t(w)];
                new_uv[k] = moves ? &value_[kAttributes * size_t(mapped(w))] : old_uv[k];
            }
            Vec n = cross(before[1] - before[0], before[2] - before[0]);
            Vec m = cross(after[1] - after[0], after[2] - after[0]);
            double nn = dot(n, n), mm = dot(m, m);
            if (!(mm > 0)) return false;
            if (nn > 0 && dot(n, m) <= 0.3 * std::sqrt(nn * mm)) return false;
            if (level_ != kAnyShape) {
                double q = quality(after[0], after[1], after[2], m);
                if (q < 0.06 && q < quality(before[0], before[1], before[2], n)) return false;
            }
            double was = area(old_uv), is = area(new_uv);
            if (was != 0 && was * is <= 0) return false;
        }
        return true;
    }
    static double area(const double* const uv[3]) {
        return (uv[1][0] - uv[0][0]) * (uv[2][1] - uv[0][1]) - (uv[1][1] - uv[0][1]) * (uv[2][0] - uv[0][0]);
    }

    void collapse(int32_t from, int32_t to) {
        if (!link_condition(from, to) || !map_wedges(from, to) || !faces_stay(from, to)) return;
        Quadric both = shape_[to];
        both.add(shape_[from]);
        double error = both.weight > 0 ? std::sqrt(both(point_[to]) / both.weight) : 0;
        if (error > most_) return;
        shape_[to] = both, error_ = std::max(error_, error);
        for (auto& [a, b] : map_) wedge_[b].add(wedge_[a]);
        border_[to] |= border_[from];
        scratch_.clear();
        for (int32_t f : ring_[from]) {
            if (has(f, to)) {
                for (int k = 0; k < 3; ++k) {
                    int32_t v = at(3 * f + k);
                    if (v == from) continue;
                    auto& ring = ring_[v];
                    ring.erase(std::find(ring.begin(), ring.end(), f));
                }
                dead_.push_back(f);
                --alive_;
            } else {
                scratch_.push_back(f);
            }
        }
        for (int32_t f : scratch_)
            for (int k = 0; k < 3; ++k)
                if (at(3 * f + k) == from) face_[3 * f + k] = mapped(face_[3 * f + k]);
        for (int32_t f : dead_) face_[3 * f] = -1;
        dead_.clear();
        ring_[from].clear();
        ring_[to].insert(ring_[to].end(), scratch_.begin(), scratch_.end());
        stamp_[to] = ++clock_;
        ++pass_;
        for (size_t n = 0; n < ring_[to].size(); ++n)
            for (int k = 0; k < 3; ++k) {
                int32_t v = at(3 * ring_[to][n] + k);
                if (v == to || mark_[v] == pass_) continue;
                mark_[v] = pass_;
                offer(to, v);
            }
    }

    double most_;
    const int32_t *place_, *chart_;
    const uint8_t* locked_;
    std::vector<int32_t> face_;  // three wedges a face; -1 first in a dead one
    std::vector<Wedge> wedge_;
    std::vector<double> value_;
    std::vector<Vec> point_;
    std::vector<Quadric> shape_;
    std::vector<std::vector<int32_t>> ring_;
    std::vector<uint32_t> stamp_, mark_;
    std::vector<uint8_t> border_;
    std::vector<int32_t> scratch_, dead_;
    std::vector<std::pair<int32_t, int32_t>> map_;
    std::priority_queue<Candidate> heap_;
    int64_t alive_;
    double error_ = 0;
    uint32_t clock_ = 0, pass_ = 0;
    Strictness level_ = kAllWedges;
};

}  // namespace

// points: [points, 3]; place, chart: [wedges], in [0, points) and any; attributes: [wedges, 5]; faces: [faces, 3] of
// wedges, no two corners at one place; locked: [points]. targets: [levels], falling.
// most_error: where collapses stop. For each level out_faces: [faces, 3]
// filled from the front, counts and errors. Returns 0.
MAQUETTE_EXPORT int64_t maquette_decimate_levels(const float* points, const int32_t* place, const int32_t* chart,
                                                 const float* attributes, const int32_t* faces, const uint8_t* locked,
                                                 const int64_t* targets, int32_t* out_faces, int64_t* counts,
                                                 double* errors, int64_t point_count, int64_t wedge_count,
                                                 int64_t face_count, int64_t level_count, double most_error) try {
    Appearance work(points, point_count, place, chart, attributes, wedge_count, faces, face_count, locked,
                    most_error);
    for (int64_t level = 0; level < level_count; ++level) {
        work.run(targets[level]);
        counts[level] = work.write(out_faces + 3 * face_count * level, errors + level);
    }
    return 0;
} MAQUETTE_END
