// One pass of isotropic remeshing (Botsch and Kobbelt 2004): short edges collapse, long ones split, and edges flip
// where that evens out valences. What counts as short or long is said for every vertex, so that detail can be fine
// where it is needed (Palfinger 2022, "Continuous remeshing for inverse rendering"). Edges are taken in an order that
// depends on the mesh alone, and the surface stays the closed manifold that it was: the link condition (Dey et al.
// 1999) guards collapses, and no flip makes an edge that is already there.
#include <array>
#include <cmath>
#include <vector>

#include "kernel.h"

namespace {

using Vec = std::array<float, 3>;
Vec operator-(const Vec& a, const Vec& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }
Vec operator+(const Vec& a, const Vec& b) { return {a[0] + b[0], a[1] + b[1], a[2] + b[2]}; }
float dot(const Vec& a, const Vec& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vec cross(const Vec& a, const Vec& b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

constexpr float kShort = 0.5f, kLong = 1.5f;
// Cosine that a face's normal keeps through a collapse: a fold would never open again.
constexpr float kTurn = 0.5f;

struct Edge {
    float key;  // length over the wanted length
    int32_t a, b;
};

class Mesh {
   public:
    Mesh(const float* vertices, int64_t vertex_count, const int32_t* faces, int64_t face_count, const float* carried,
         int64_t channels, int64_t most_vertices, int64_t most_faces)
        : face_(faces, faces + 3 * face_count), point_(vertex_count), carried_(carried, carried + vertex_count * channels),
          ring_(vertex_count), channels_(channels), most_vertices_(most_vertices), most_faces_(most_faces) {
        for (int64_t v = 0; v < vertex_count; ++v) point_[v] = {vertices[3 * v], vertices[3 * v + 1], vertices[3 * v + 2]};
        std::vector<int32_t> degree(vertex_count);
        for (int32_t v : face_) ++degree[v];
        for (int64_t v = 0; v < vertex_count; ++v) ring_[v].reserve(degree[v] + 4);
        for (int64_t f = 0; f < face_count; ++f)
            for (int k = 0; k < 3; ++k) ring_[face_[3 * f + k]].push_back(int32_t(f));
    }

    // Whether every edge has two faces that run along it in opposite directions.
    bool closed() const {
        int32_t face[2], apex[2];
        for (size_t f = 0; f < face_.size() / 3; ++f)
            for (int k = 0; k < 3; ++k) {
                int32_t a = face_[3 * f + k], b = face_[3 * f + (k + 1) % 3];
                if (a == b || !sides(a, b, face, apex)) return false;
            }
        return true;
    }

    void collapse_short() {
        for (const Edge& edge : edges(-1, kShort)) {
            if (ring_[edge.a].empty() || ring_[edge.b].empty() || !joined(edge.a, edge.b)) continue;
            if (ratio(edge.a, edge.b) < kShort) collapse(edge.a, edge.b);
        }
    }

    void split_long() {
        for (const Edge& edge : edges(kLong, -1)) {
            if (int64_t(point_.size()) >= most_vertices_ || int64_t(face_.size() / 3) + 2 > most_faces_) return;
            split(edge.a, edge.b);
        }
    }

    void flip_uneven() {
        for (const Edge& edge : edges(-1, -1))
            if (joined(edge.a, edge.b)) flip(edge.a, edge.b);
    }

    int64_t write(float* vertices, int32_t* faces, float* carried, int64_t* vertex_count) const {
        std::vector<int32_t> name(point_.size(), -1);
        int64_t points = 0, count = 0;
        for (size_t v = 0; v < point_.size(); ++v) {
            if (ring_[v].empty()) continue;
            name[v] = int32_t(points);
            std::copy(point_[v].begin(), point_[v].end(), vertices + 3 * points);
            std::copy_n(carried_.begin() + v * channels_, channels_, carried + points * channels_);
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
    // The length that is wanted around a vertex is the first value that it carries.
    float ratio(int32_t a, int32_t b) const {
        Vec along = point_[a] - point_[b];
        float wanted = (carried_[a * channels_] + carried_[b * channels_]) / 2;
        return std::sqrt(dot(along, along)) / std::max(wanted, 1e-9f);
    }

    // Edges longer than `above` times what is wanted, longest first; or shorter than `below`, shortest first; or all.
    std::vector<Edge> edges(float above, float below) const {
        std::vector<Edge> out;
        for (size_t f = 0; f < face_.size() / 3; ++f) {
            if (face_[3 * f] < 0) continue;
            for (int k = 0; k < 3; ++k) {
                int32_t a = face_[3 * f + k], b = face_[3 * f + (k + 1) % 3];
                if (a > b) continue;
                float key = above > 0 || below > 0 ? ratio(a, b) : 0;
                if ((above > 0 && !(key > above)) || (below > 0 && !(key < below))) continue;
                out.push_back({above > 0 ? -key : key, a, b});
            }
        }
        if (above < 0 && below < 0) return out;
        std::stable_sort(out.begin(), out.end(), [](const Edge& x, const Edge& y) { return x.key < y.key; });
        return out;
    }

    bool has(int32_t f, int32_t v) const { return face_[3 * f] == v || face_[3 * f + 1] == v || face_[3 * f + 2] == v; }

    // The two faces of an edge and the vertices opposite to it: the first face runs from a to b.
    bool sides(int32_t a, int32_t b, int32_t (&face)[2], int32_t (&apex)[2]) const {
        bool found[2] = {false, false};
        for (int32_t f : ring_[a])
            for (int k = 0; k < 3; ++k) {
                int32_t p = face_[3 * f + k], q = face_[3 * f + (k + 1) % 3];
                int side = p == a && q == b ? 0 : p == b && q == a ? 1 : -1;
                if (side < 0) continue;
                if (found[side]) return false;
                found[side] = true, face[side] = f, apex[side] = face_[3 * f + (k + 2) % 3];
            }
        return found[0] && found[1] && apex[0] != apex[1];
    }

    bool joined(int32_t a, int32_t b) const {
        for (int32_t f : ring_[a])
            if (has(f, b)) return true;
        return false;
    }

    Vec normal(int32_t p, int32_t q, int32_t r) const { return cross(point_[q] - point_[p], point_[r] - point_[p]); }

    void mean_into(int32_t target, int32_t a, int32_t b) {
        for (int64_t c = 0; c < channels_; ++c)
            carried_[target * channels_ + c] = (carried_[a * channels_ + c] + carried_[b * channels_ + c]) / 2;
        for (int i = 0; i < 3; ++i) point_[target][i] = (point_[a][i] + point_[b][i]) / 2;
    }

    bool collapse(int32_t a, int32_t b) {
        int32_t face[2], apex[2];
        if (!sides(a, b, face, apex)) return false;
        // Neighbours that both ends share are the two apexes and no other.
        ++stamp_;
        mark_.resize(point_.size());
        for (int32_t f : ring_[a])
            for (int k = 0; k < 3; ++k) mark_[face_[3 * f + k]] = stamp_;
        ++stamp_;
        int common = 0;
        for (int32_t f : ring_[b])
            for (int k = 0; k < 3; ++k) {
                int32_t v = face_[3 * f + k];
                if (v != a && v != b && mark_[v] == stamp_ - 1) ++common, mark_[v] = stamp_;
            }
        if (common != 2 || ring_[apex[0]].size() <= 3 || ring_[apex[1]].size() <= 3) return false;
        if (ring_[a].size() + ring_[b].size() <= 7) return false;
        Vec middle = point_[a] + point_[b];
        for (float& v : middle) v /= 2;
        for (int32_t end : {a, b})
            for (int32_t f : ring_[end]) {
                if (f == face[0] || f == face[1]) continue;
                Vec corner[3], before, after;
                for (int k = 0; k < 3; ++k) corner[k] = point_[face_[3 * f + k]];
                before = cross(corner[1] - corner[0], corner[2] - corner[0]);
                for (int k = 0; k < 3; ++k)
                    if (face_[3 * f + k] == end) corner[k] = middle;
                after = cross(corner[1] - corner[0], corner[2] - corner[0]);
                if (dot(before, after) < kTurn * std::sqrt(dot(before, before) * dot(after, after))) return false;
            }
        mean_into(a, a, b);
        for (int32_t f : ring_[b]) {
            if (f == face[0] || f == face[1]) continue;
            for (int k = 0; k < 3; ++k)
                if (face_[3 * f + k] == b) face_[3 * f + k] = a;
            ring_[a].push_back(f);
        }
        ring_[b].clear();
        for (int side = 0; side < 2; ++side) {
            drop(a, face[side]), drop(apex[side], face[side]);
            face_[3 * face[side]] = -1;
        }
        return true;
    }

    void split(int32_t a, int32_t b) {
        int32_t face[2], apex[2];
        if (!sides(a, b, face, apex)) return;
        int32_t middle = int32_t(point_.size());
        point_.push_back({}), ring_.push_back({});
        carried_.resize(carried_.size() + channels_);
        mean_into(middle, a, b);
        for (int side = 0; side < 2; ++side) {
            // The face keeps a and gives b's half to a new one.
            int32_t f = face[side], fresh = int32_t(face_.size() / 3);
            for (int k = 0; k < 3; ++k) face_.push_back(face_[3 * f + k] == a ? middle : face_[3 * f + k]);
            for (int k = 0; k < 3; ++k)
                if (face_[3 * f + k] == b) face_[3 * f + k] = middle;
            drop(b, f);
            ring_[b].push_back(fresh), ring_[apex[side]].push_back(fresh);
            ring_[middle].push_back(f), ring_[middle].push_back(fresh);
        }
    }

    void flip(int32_t a, int32_t b) {
        int32_t face[2], apex[2];
        if (!sides(a, b, face, apex)) return;
        int32_t c = apex[0], d = apex[1];
        // On a closed surface a vertex has as many neighbours as faces; six are even.
        int now = off(a, 0) + off(b, 0) + off(c, 0) + off(d, 0);
        int then = off(a, -1) + off(b, -1) + off(c, 1) + off(d, 1);
        if (then >= now || ring_[a].size() <= 3 || ring_[b].size() <= 3 || joined(c, d)) return;
        Vec old0 = normal(a, b, c), old1 = normal(b, a, d), new0 = normal(a, d, c), new1 = normal(d, b, c);
        Vec sum = old0 + old1;
        float size = std::sqrt(dot(sum, sum));
        // Both new faces look the way that the old ones did, and neither is a sliver.
        for (const Vec& n : {new0, new1}) {
            float length = std::sqrt(dot(n, n));
            if (!(dot(n, sum) > 0.8f * length * size) || !(length > 0.1f * size)) return;
        }
        set(face[0], a, d, c), set(face[1], d, b, c);
        drop(b, face[0]), drop(a, face[1]);
        ring_[d].push_back(face[0]), ring_[c].push_back(face[1]);
    }

    int off(int32_t v, int change) const {
        int away = int(ring_[v].size()) + change - 6;
        return away * away;
    }
    void set(int32_t f, int32_t p, int32_t q, int32_t r) { face_[3 * f] = p, face_[3 * f + 1] = q, face_[3 * f + 2] = r; }
    void drop(int32_t v, int32_t f) {
        auto& ring = ring_[v];
        ring.erase(std::find(ring.begin(), ring.end(), f));
    }

    std::vector<int32_t> face_;
    std::vector<Vec> point_;
    std::vector<float> carried_;
    std::vector<std::vector<int32_t>> ring_;
    std::vector<int32_t> mark_;
    int32_t stamp_ = 0;
    int64_t channels_, most_vertices_, most_faces_;
};

}  // namespace

MAQUETTE_EXPORT int64_t maquette_remesh(const float* vertices, const int32_t* faces, const float* carried,
                                        float* out_vertices, int32_t* out_faces, float* out_carried,
                                        int64_t* out_vertex_count, int64_t vertex_count, int64_t face_count,
                                        int64_t channels, int64_t most_vertices, int64_t most_faces) try {
    Mesh mesh(vertices, vertex_count, faces, face_count, carried, channels, most_vertices, most_faces);
    if (!mesh.closed()) return -1;
    mesh.collapse_short();
    mesh.split_long();
    mesh.flip_uneven();
    return mesh.write(out_vertices, out_faces, out_carried, out_vertex_count);
} MAQUETTE_END
