// Edge collapse in the order of quadric error (Garland and Heckbert 1997), under the link condition (Dey et al. 1999)
// so that the surface's topology never changes, and never turning a face over.
#include <array>
#include <cmath>
#include <queue>

#include "kernel.h"

namespace {

using Vec = std::array<double, 3>;
Vec operator-(const Vec& a, const Vec& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
double dot(const Vec& a, const Vec& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vec cross(const Vec& a, const Vec& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

// x'Ax + 2b'x + c with A symmetric: xx, xy, xz, yy, yz, zz.
struct Quadric {
    double a[6] = {}, b[3] = {}, c = 0;

    void add_plane(const Vec& n, const Vec& through, double weight) {
        double d = -dot(n, through);
        a[0] += weight * n[0] * n[0], a[1] += weight * n[0] * n[1], a[2] += weight * n[0] * n[2];
        a[3] += weight * n[1] * n[1], a[4] += weight * n[1] * n[2], a[5] += weight * n[2] * n[2];
        for (int i = 0; i < 3; ++i) b[i] += weight * n[i] * d;
        c += weight * d * d;
    }
    void add_point(const Vec& p, double weight) {
        a[0] += weight, a[3] += weight, a[5] += weight;
        for (int i = 0; i < 3; ++i) b[i] -= weight * p[i];
        c += weight * dot(p, p);
    }
    void add(const Quadric& q) {
        for (int i = 0; i < 6; ++i) a[i] += q.a[i];
        for (int i = 0; i < 3; ++i) b[i] += q.b[i];
        c += q.c;
    }
    double operator()(const Vec& p) const {
        double x = a[0] * p[0] + 2 * (a[1] * p[1] + a[2] * p[2]) + 2 * b[0];
        double y = a[3] * p[1] + 2 * a[4] * p[2] + 2 * b[1];
        return x * p[0] + y * p[1] + (a[5] * p[2] + 2 * b[2]) * p[2] + c;
    }
    bool minimizer(Vec& p) const {
        double c0 = a[3] * a[5] - a[4] * a[4], c1 = a[2] * a[4] - a[1] * a[5], c2 = a[1] * a[4] - a[2] * a[3];
        double det = a[0] * c0 + a[1] * c1 + a[2] * c2, trace = a[0] + a[3] + a[5];
        if (!(det > 1e-12 * trace * trace * trace)) return false;
        double d0 = a[0] * a[5] - a[2] * a[2], d1 = a[1] * a[2] - a[0] * a[4], d2 = a[0] * a[3] - a[1] * a[1];
        p = {-(c0 * b[0] + c1 * b[1] + c2 * b[2]) / det, -(c1 * b[0] + d0 * b[1] + d1 * b[2]) / det,
             -(c2 * b[0] + d1 * b[1] + d2 * b[2]) / det};
        return true;
    }
};

enum Strictness { kTopologyOnly, kNoFlips, kGoodShapes };

struct Candidate {
    double cost;
    int32_t a, b;  // a < b
    uint32_t stamp;
    bool operator<(const Candidate& o) const {  // a max-heap of the least; ties by vertex make it deterministic
        if (cost != o.cost) return cost > o.cost;
        return a != o.a ? a > o.a : b > o.b;
    }
};

class Decimation {
   public:
    Decimation(const float* vertices, int64_t vertex_count, const int32_t* faces, int64_t face_count, double shape)
        : face_(faces, faces + 3 * face_count), shape_(shape), alive_(face_count) {
        point_.resize(vertex_count), quadric_.resize(vertex_count), stamp_.resize(vertex_count);
        ring_.resize(vertex_count), border_.resize(vertex_count), mark_.resize(vertex_count);
        // Work about the centre: quadrics far from the origin lose digits.
        for (int i = 0; i < 3; ++i) {
            double low = 1e300, high = -1e300;
            for (int64_t v = 0; v < vertex_count; ++v)
                low = std::min(low, double(vertices[3 * v + i])), high = std::max(high, double(vertices[3 * v + i]));
            centre_[i] = vertex_count ? (low + high) / 2 : 0;
        }
        for (int64_t v = 0; v < vertex_count; ++v)
            for (int i = 0; i < 3; ++i) point_[v][i] = vertices[3 * v + i] - centre_[i];
        for (int64_t f = 0; f < face_count; ++f)
            for (int k = 0; k < 3; ++k) ring_[face_[3 * f + k]].push_back(int32_t(f));
        set_quadrics(face_count);
    }

    void run(int64_t target) {
        for (Strictness level : {kGoodShapes, kNoFlips, kTopologyOnly}) {
            if (alive_ <= target) return;
            level_ = level;
            fill_heap();
            while (alive_ > target && !heap_.empty()) {
                Candidate c = heap_.top();
                heap_.pop();
                if (c.stamp != stamp_[c.a] + stamp_[c.b] || ring_[c.a].empty() || ring_[c.b].empty()) continue;
                collapse(c.a, c.b);
            }
        }
    }

    int64_t write(float* vertices, int32_t* faces, int64_t* vertex_count) const {
        std::vector<int32_t> name(point_.size(), -1);
        int64_t points = 0, count = 0;
        for (size_t v = 0; v < point_.size(); ++v) {
            if (ring_[v].empty()) continue;
            name[v] = int32_t(points);
            for (int i = 0; i < 3; ++i) vertices[3 * points + i] = float(point_[v][i] + centre_[i]);
            ++points;
        }
        for (size_t f = 0; f < face_.size() / 3; ++f) {
            if (face_[3 * f] < 0) continue;
            for (int k = 0; k < 3; ++k) faces[3 * count + k] = name[face_[3 * f + k]];
            ++count;
        }
        *vertex_count = points;
        return count;
    }

   private:
    void set_quadrics(int64_t face_count) {
        double area = 0;
        for (int64_t f = 0; f < face_count; ++f) {
            const Vec &p = point_[face_[3 * f]], &q = point_[face_[3 * f + 1]], &r = point_[face_[3 * f + 2]];
            Vec n = cross(q - p, r - p);
            double length = std::sqrt(dot(n, n));
            area += length / 2;
            if (!(length > 0)) continue;
            for (double& v : n) v /= length;
            for (int k = 0; k < 3; ++k) {
                int32_t a = face_[3 * f + k], b = face_[3 * f + (k + 1) % 3];
                quadric_[a].add_plane(n, p, length / 6);
                if (count_faces(a, b) != 1) continue;
                // An open edge is held in place by a plane through it, upright on its face.
                border_[a] = border_[b] = 1;
                Vec along = point_[b] - point_[a], side = cross(along, n);
                double reach = std::sqrt(dot(side, side));
                if (!(reach > 0)) continue;
                for (double& v : side) v /= reach;
                quadric_[a].add_plane(side, point_[a], 2 * reach * reach);
                quadric_[b].add_plane(side, point_[a], 2 * reach * reach);
            }
        }
        // A faint pull to where each vertex was spreads the vertices of flat parts evenly.
        double each = area / std::max<size_t>(1, point_.size());
        for (size_t v = 0; v < point_.size(); ++v)
            if (!ring_[v].empty()) quadric_[v].add_point(point_[v], shape_ * each);
    }

    int count_faces(int32_t a, int32_t b) const {
        int count = 0;
        for (int32_t f : ring_[a]) count += has(f, b);
        return count;
    }
    bool has(int32_t f, int32_t v) const { return face_[3 * f] == v || face_[3 * f + 1] == v || face_[3 * f + 2] == v; }

    double place(int32_t a, int32_t b, Vec& p) const {
        Quadric q = quadric_[a];
        q.add(quadric_[b]);
        Vec middle;
        for (int i = 0; i < 3; ++i) middle[i] = (point_[a][i] + point_[b][i]) / 2;
        Vec edge = point_[a] - point_[b];
        // A minimiser far from the edge stands on planes that hardly meet.
        if (q.minimizer(p) && dot(p - middle, p - middle) <= 4 * dot(edge, edge)) return std::max(q(p), 0.0);
        double best = 1e300;
        for (const Vec& option : {middle, point_[a], point_[b]}) {
            double cost = q(option);
            if (cost < best) best = cost, p = option;
        }
        return std::max(best, 0.0);
    }

    void offer(int32_t a, int32_t b) {
        Vec p;
        if (a > b) std::swap(a, b);
        heap_.push({place(a, b, p), a, b, stamp_[a] + stamp_[b]});
    }

    void fill_heap() {
        std::vector<Candidate> all;
        Vec p;
        for (size_t f = 0; f < face_.size() / 3; ++f) {
            if (face_[3 * f] < 0) continue;
            for (int k = 0; k < 3; ++k) {
                int32_t a = face_[3 * f + k], b = face_[3 * f + (k + 1) % 3];
                if (a < b || count_faces(a, b) == 1)
                    all.push_back({place(a, b, p), std::min(a, b), std::max(a, b), stamp_[a] + stamp_[b]});
            }
        }
        heap_ = std::priority_queue<Candidate>(std::less<Candidate>(), std::move(all));
    }

    // The edge's faces and nothing else lie in the stars of both ends, and no two faces would become one.
    bool link_condition(int32_t a, int32_t b) {
        int32_t apex[2];
        int shared = 0;
        for (int32_t f : ring_[a]) {
            if (!has(f, b)) continue;
            if (shared == 2) return false;
            for (int k = 0; k < 3; ++k)
                if (face_[3 * f + k] != a && face_[3 * f + k] != b) apex[shared] = face_[3 * f + k];
            ++shared;
        }
        if (shared == 0 || (border_[a] && border_[b] && shared == 2)) return false;
        ++pass_;
        for (int32_t f : ring_[a])
            for (int k = 0; k < 3; ++k) mark_[face_[3 * f + k]] = pass_;
        mark_[a] = mark_[b] = 0;
        int common = 0;
        for (int32_t f : ring_[b])
            for (int k = 0; k < 3; ++k) {
                int32_t v = face_[3 * f + k];
                if (mark_[v] == pass_) ++common, mark_[v] = 0;
            }
        if (common != shared) return false;
        if (shared == 1) return ring_[a].size() > 1 && (ring_[a].size() > 2 || ring_[b].size() > 1);
        // A closed tetrahedron: both ends see a face over the two apexes.
        for (int32_t f : ring_[a])
            if (has(f, apex[0]) && has(f, apex[1])) {
                for (int32_t g : ring_[b])
                    if (has(g, apex[0]) && has(g, apex[1])) return false;
            }
        return true;
    }

    // 1 for an equilateral triangle, 0 for a sliver: 4 sqrt(3) area / sum of squared sides.
    static double quality(const Vec& p, const Vec& q, const Vec& r, const Vec& normal) {
        Vec e0 = q - p, e1 = r - q, e2 = p - r;
        double sum = dot(e0, e0) + dot(e1, e1) + dot(e2, e2);
        return sum > 0 ? 2 * std::sqrt(3.0) * std::sqrt(dot(normal, normal)) / sum : 0;
    }

    bool faces_stay(int32_t v, int32_t other, const Vec& moved) const {
        for (int32_t f : ring_[v]) {
            if (has(f, other)) continue;
            Vec before[3], after[3];
            for (int k = 0; k < 3; ++k) {
                before[k] = point_[face_[3 * f + k]];
                after[k] = face_[3 * f + k] == v ? moved : before[k];
            }
            Vec n = cross(before[1] - before[0], before[2] - before[0]);
            Vec m = cross(after[1] - after[0], after[2] - after[0]);
            double nn = dot(n, n), mm = dot(m, m);
            if (!(mm > 0)) return false;
            if (nn > 0 && dot(n, m) <= 0.3 * std::sqrt(nn * mm)) return false;
            if (level_ == kGoodShapes) {
                double q = quality(after[0], after[1], after[2], m);
                if (q < 0.06 && q < quality(before[0], before[1], before[2], n)) return false;
            }
        }
        return true;
    }

    void collapse(int32_t a, int32_t b) {
        if (!link_condition(a, b)) return;
        Vec p;
        place(a, b, p);
        if (level_ != kTopologyOnly && !(faces_stay(a, b, p) && faces_stay(b, a, p))) return;
        point_[a] = p;
        quadric_[a].add(quadric_[b]);
        border_[a] |= border_[b];
        ring_scratch_.clear();
        for (int32_t f : ring_[b]) {
            if (has(f, a)) {
                for (int k = 0; k < 3; ++k) {
                    int32_t v = face_[3 * f + k];
                    if (v == a || v == b) continue;
                    auto& ring = ring_[v];
                    ring.erase(std::find(ring.begin(), ring.end(), f));
                }
                ring_[a].erase(std::find(ring_[a].begin(), ring_[a].end(), f));
                face_[3 * f] = -1;
                --alive_;
            } else {
                for (int k = 0; k < 3; ++k)
                    if (face_[3 * f + k] == b) face_[3 * f + k] = a;
                ring_scratch_.push_back(f);
            }
        }
        ring_[b].clear();
        ring_[a].insert(ring_[a].end(), ring_scratch_.begin(), ring_scratch_.end());
        // Only the edges of a have a new cost; a rising stamp makes the old entries stale.
        stamp_[a] = ++clock_;
        ++pass_;
        for (size_t n = 0; n < ring_[a].size(); ++n)
            for (int k = 0; k < 3; ++k) {
                int32_t v = face_[3 * ring_[a][n] + k];
                if (v == a || mark_[v] == pass_) continue;
                mark_[v] = pass_;
                offer(a, v);
            }
    }

    std::vector<Vec> point_;
    std::vector<Quadric> quadric_;
    std::vector<int32_t> face_;               // three a face; -1 first in a dead one
    std::vector<std::vector<int32_t>> ring_;  // the faces at a vertex; empty for a vertex that is gone
    std::vector<uint32_t> stamp_;
    std::vector<uint8_t> border_;
    std::vector<uint32_t> mark_;
    std::vector<int32_t> ring_scratch_;
    std::priority_queue<Candidate> heap_;
    Vec centre_;
    double shape_;
    int64_t alive_;
    uint32_t clock_ = 0, pass_ = 0;
    Strictness level_ = kGoodShapes;
};

}  // namespace

// vertices: [vertices, 3]; faces: [faces, 3], at most two at an edge. The results are written over the front of
// out_vertices and out_faces (as large as the inputs); returns the number of faces.
MAQUETTE_EXPORT int64_t maquette_decimate(const float* vertices, const int32_t* faces, float* out_vertices,
                                          int32_t* out_faces, int64_t* out_vertex_count, int64_t vertex_count,
                                          int64_t face_count, int64_t target, double shape) try {
    Decimation decimation(vertices, vertex_count, faces, face_count, shape);
    decimation.run(target);
    return decimation.write(out_vertices, out_faces, out_vertex_count);
} MAQUETTE_END
