// Tangents in the standard that normal maps are baked and drawn with (Mikkelsen 2008, "Simulation of Wrinkled
// Surfaces Revisited", and its published algorithm): corners that agree in position, normal and texture coordinates
// are one; around each, triangles that hang together by edges and are mirrored alike make a group; the group's
// tangent is the mean of its triangles', laid across the normal and weighted by the angle at the corner.
#include <cmath>
#include <cstring>

#include "kernel.h"

namespace {

struct Vector {
    double x, y, z;
};
inline Vector operator-(Vector a, Vector b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vector operator+(Vector a, Vector b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vector operator*(double s, Vector a) { return {s * a.x, s * a.y, s * a.z}; }
inline double dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vector unit(Vector a) {
    const double length = std::sqrt(dot(a, a));
    return length > 0 ? (1 / length) * a : Vector{0, 0, 0};
}
inline Vector across(Vector a, Vector normal) { return unit(a - dot(a, normal) * normal); }

struct Corners {
    const float *positions, *normals, *uv;
    const int32_t* faces;
    Vector position(int64_t corner) const { return at(positions, corner); }
    Vector normal(int64_t corner) const { return unit(at(normals, corner)); }
    Vector at(const float* values, int64_t corner) const {
        const float* v = values + 3 * int64_t(faces[corner]);
        return {v[0], v[1], v[2]};
    }
    const float* texture(int64_t corner) const { return uv + 2 * int64_t(faces[corner]); }
    void key(int64_t corner, float out[8]) const {
        const int64_t v = faces[corner];
        for (int c = 0; c < 3; ++c) out[c] = positions[3 * v + c] + 0.0f, out[3 + c] = normals[3 * v + c] + 0.0f;
        for (int c = 0; c < 2; ++c) out[6 + c] = uv[2 * v + c] + 0.0f;  // + 0: no -0
    }
};

// For every corner, the first corner that agrees with it in everything.
std::vector<int32_t> welded(const Corners& corners, int64_t count, int64_t vertex_count) {
    std::vector<int32_t> first_of_vertex(vertex_count, -1), out(count);
    int64_t size = 16;
    while (size < 2 * count) size *= 2;
    std::vector<int32_t> table(size, -1);
    for (int64_t i = 0; i < count; ++i) {
        int32_t& known = first_of_vertex[corners.faces[i]];
        if (known < 0) {
            float own[8], other[8];
            corners.key(i, own);
            uint32_t words[8];
            std::memcpy(words, own, sizeof words);
            uint64_t hash = 0;
            for (uint32_t word : words) hash = (hash ^ word) * 0x9E3779B97F4A7C15ull, hash ^= hash >> 29;
            int64_t slot = int64_t(hash & uint64_t(size - 1));
            for (; table[slot] >= 0; slot = (slot + 1) & (size - 1)) {
                corners.key(table[slot], other);
                if (std::memcmp(own, other, sizeof own) == 0) break;
            }
            if (table[slot] < 0) table[slot] = int32_t(i);
            known = table[slot];
        }
        out[i] = known;
    }
    return out;
}

struct Face {
    Vector tangent{0, 0, 0}, bitangent{0, 0, 0};  // unit, along growing u and v; zero where they do not grow
    bool degenerate = false;  // two corners share a position
    bool loose = true;        // the texture says nothing of its direction: it follows any neighbour
    bool mirrored = false;    // the texture shows its back
};

std::vector<Face> measured(const Corners& corners, int64_t face_count) {
    std::vector<Face> out(face_count);
    constexpr double kLeast = 1.17549435e-38;  // the least normal number in single precision
    maquette::parallel_for((face_count + 4095) / 4096, [&](int64_t piece) {
        for (int64_t f = piece * 4096; f < std::min(face_count, (piece + 1) * 4096); ++f) {
            Face& face = out[f];
            Vector p[3];
            for (int k = 0; k < 3; ++k) p[k] = corners.position(3 * f + k);
            auto same = [](Vector a, Vector b) { return a.x == b.x && a.y == b.y && a.z == b.z; };
            face.degenerate = same(p[0], p[1]) || same(p[1], p[2]) || same(p[0], p[2]);
            const float *a = corners.texture(3 * f), *b = corners.texture(3 * f + 1), *c = corners.texture(3 * f + 2);
            const double u1 = double(b[0]) - a[0], v1 = double(b[1]) - a[1];
            const double u2 = double(c[0]) - a[0], v2 = double(c[1]) - a[1];
            const double area = u1 * v2 - v1 * u2;
            face.mirrored = area > 0;  // v goes down
            if (std::abs(area) <= kLeast) continue;
            const double sign = area > 0 ? 1 : -1;
            const Vector s = v2 * (p[1] - p[0]) - v1 * (p[2] - p[0]), t = u1 * (p[2] - p[0]) - u2 * (p[1] - p[0]);
            face.tangent = sign * unit(s), face.bitangent = sign * unit(t);
            face.loose = !(std::sqrt(dot(s, s)) > kLeast && std::sqrt(dot(t, t)) > kLeast);
        }
    });
    return out;
}

// For every half-edge (corner k to k + 1) of a face that is not degenerate, the face on its other side, or -1.
// Where more than two faces meet at an edge they pair off in their order, each with one wound the other way.
std::vector<int32_t> neighbours(const std::vector<int32_t>& vertex, const std::vector<Face>& face) {
    const int64_t count = int64_t(vertex.size());
    std::vector<int64_t> start(count + 1, 0);
    auto low = [&](int64_t i) { return std::min(vertex[i], vertex[i - i % 3 + (i + 1) % 3]); };
    auto high = [&](int64_t i) { return std::max(vertex[i], vertex[i - i % 3 + (i + 1) % 3]); };
    for (int64_t i = 0; i < count; ++i)
        if (!face[i / 3].degenerate) ++start[low(i) + 1];
    for (int64_t v = 0; v < count; ++v) start[v + 1] += start[v];
    std::vector<int32_t> edges(start[count]), out(count, -1);
    std::vector<int64_t> fill(start.begin(), start.end() - 1);
    for (int64_t i = 0; i < count; ++i)
        if (!face[i / 3].degenerate) edges[fill[low(i)]++] = int32_t(i);
    for (int64_t v = 0; v < count; ++v) {
        int32_t *begin = edges.data() + start[v], *end = edges.data() + start[v + 1];
        std::stable_sort(begin, end, [&](int32_t a, int32_t b) { return high(a) < high(b); });
        for (int32_t* a = begin; a < end; ++a) {
            if (out[*a] >= 0) continue;
            for (int32_t* b = a + 1; b < end && high(*b) == high(*a); ++b)
                if (out[*b] < 0 && (vertex[*a] == v) != (vertex[*b] == v)) {
                    out[*a] = *b / 3, out[*b] = *a / 3;
                    break;
                }
        }
    }
    return out;
}

struct Group {
    int32_t vertex;
    bool mirrored;
    int64_t first;  // of its corners in `members`
};

// Corners around one vertex that hang together by edges and are mirrored alike.
struct Groups {
    std::vector<Group> groups;
    std::vector<int32_t> members, group_of;

    Groups(const std::vector<int32_t>& vertex, const std::vector<int32_t>& beside, std::vector<Face>& face)
        : group_of(vertex.size(), -1) {
        std::vector<int32_t> stack;
        for (int64_t i = 0; i < int64_t(vertex.size()); ++i) {
            if (face[i / 3].degenerate || face[i / 3].loose || group_of[i] >= 0) continue;
            const Group group{vertex[i], face[i / 3].mirrored, int64_t(members.size())};
            groups.push_back(group);
            stack.push_back(int32_t(i / 3));
            while (!stack.empty()) {
                const int64_t f = stack.back();
                stack.pop_back();
                int64_t corner = 3 * f;
                while (vertex[corner] != group.vertex) ++corner;
                if (group_of[corner] >= 0) continue;
                const bool free = group_of[3 * f] < 0 && group_of[3 * f + 1] < 0 && group_of[3 * f + 2] < 0;
                if (face[f].loose && free) face[f].mirrored = group.mirrored;
                if (face[f].mirrored != group.mirrored) continue;
                group_of[corner] = int32_t(groups.size()) - 1;
                members.push_back(int32_t(corner));
                const int32_t after = beside[corner], before = beside[3 * f + (corner - 3 * f + 2) % 3];
                if (before >= 0) stack.push_back(before);
                if (after >= 0) stack.push_back(after);
            }
        }
    }
    int64_t end(int64_t group) const {
        return group + 1 < int64_t(groups.size()) ? groups[group + 1].first : int64_t(members.size());
    }
};

constexpr int64_t kMost = 64;  // corners of a group among which opposite ones are looked for

// Tangents of the corners of one group, each the mean over all of the group that do not run exactly against it: the
// standard's angular threshold of 180 degrees. Zero where no face has one.
void average(const Corners& corners, const std::vector<Face>& face, const Groups& all, int64_t group, Vector* out) {
    const Vector normal = corners.normal(all.groups[group].vertex);
    const int64_t first = all.groups[group].first, count = all.end(group) - first;
    std::vector<Vector> along(count), up(count), share(count);
    Vector sum{0, 0, 0};
    for (int64_t m = 0; m < count; ++m) {
        const int64_t corner = all.members[first + m], f = corner / 3, k = corner % 3;
        if (face[f].loose) continue;
        const Vector p = corners.position(corner);
        const Vector to = across(corners.position(3 * f + (k + 1) % 3) - p, normal);
        const Vector from = across(corners.position(3 * f + (k + 2) % 3) - p, normal);
        along[m] = across(face[f].tangent, normal), up[m] = across(face[f].bitangent, normal);
        share[m] = std::acos(std::clamp(dot(to, from), -1.0, 1.0)) * along[m];
        sum = sum + share[m];
    }
    const Vector mean = unit(sum);
    for (int64_t m = 0; m < count; ++m) {
        out[m] = mean;
        if (count > kMost || face[all.members[first + m] / 3].loose) continue;
        constexpr double kOpposite = -1 + 3e-8;  // what single precision calls -1
        auto with = [&](int64_t o) { return dot(along[m], along[o]) > kOpposite && dot(up[m], up[o]) > kOpposite; };
        int64_t kept = 0;
        for (int64_t o = 0; o < count; ++o) kept += with(o);
        if (kept == count) continue;
        sum = {0, 0, 0};
        for (int64_t o = 0; o < count; ++o)
            if (with(o)) sum = sum + share[o];
        out[m] = unit(sum);
    }
}

}  // namespace

// positions, normals: [vertices, 3]; uv: [vertices, 2], v down; faces: [faces, 3] int32, in range; out: [faces, 3, 4],
// unit tangent and sign; zeros where no face tells a direction.
MAQUETTE_EXPORT int64_t maquette_tangents(const float* positions, const float* normals, const float* uv,
                                          const int32_t* faces, float* out, int64_t vertex_count, int64_t face_count) try {
    const Corners corners{positions, normals, uv, faces};
    const std::vector<int32_t> vertex = welded(corners, 3 * face_count, vertex_count);
    std::vector<Face> face = measured(corners, face_count);
    const Groups all(vertex, neighbours(vertex, face), face);
    std::fill(out, out + 12 * face_count, 0.0f);
    constexpr int64_t kPiece = 2048;
    const int64_t count = int64_t(all.groups.size());
    maquette::parallel_for((count + kPiece - 1) / kPiece, [&](int64_t piece) {
        std::vector<Vector> found;
        for (int64_t g = piece * kPiece; g < std::min(count, (piece + 1) * kPiece); ++g) {
            const int64_t first = all.groups[g].first, size = all.end(g) - first;
            found.resize(size);
            average(corners, face, all, g, found.data());
            for (int64_t m = 0; m < size; ++m) {
                float* target = out + 4 * int64_t(all.members[first + m]);
                target[0] = float(found[m].x), target[1] = float(found[m].y), target[2] = float(found[m].z);
                target[3] = all.groups[g].mirrored ? -1.0f : 1.0f;
            }
        }
    });
    // Degenerate faces take what a sound face has at the same vertex.
    std::vector<int32_t> sound(3 * face_count, -1);
    for (int64_t i = 3 * face_count - 1; i >= 0; --i)
        if (!face[i / 3].degenerate) sound[vertex[i]] = int32_t(i);
    for (int64_t i = 0; i < 3 * face_count; ++i)
        if (face[i / 3].degenerate && sound[vertex[i]] >= 0)
            std::copy(out + 4 * int64_t(sound[vertex[i]]), out + 4 * int64_t(sound[vertex[i]]) + 4, out + 4 * i);
    return 0;
} MAQUETTE_END
