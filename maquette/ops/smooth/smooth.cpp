// Feature-preserving smoothing in two stages: face normals move towards those of their neighbours that are alike,
// then vertices move so that faces fit the new normals (Sun et al. 2007, "Fast and effective feature-preserving mesh
// denoising").
#include <cmath>

#include "kernel.h"

namespace {

struct Vec {
    float x, y, z;
};
Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
Vec operator*(float s, Vec a) { return {s * a.x, s * a.y, s * a.z}; }
float dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
Vec cross(Vec a, Vec b) { return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x}; }

}  // namespace

// vertices: [vertices, 3], changed in place; faces: [faces, 3]; neighbours: [faces, 3], the face across each edge or
// -1; least_cosine: normals further apart do not mix.
MAQUETTE_EXPORT int64_t maquette_smooth(float* vertices, const int32_t* faces, const int32_t* neighbours,
                                        int64_t vertex_count, int64_t face_count, int64_t normal_steps,
                                        int64_t vertex_steps, double least_cosine) try {
    auto* point = reinterpret_cast<Vec*>(vertices);
    std::vector<Vec> normal(face_count), fresh(face_count);
    std::vector<float> area(face_count);
    for (int64_t f = 0; f < face_count; ++f) {
        const int32_t* t = faces + 3 * f;
        Vec n = cross(point[t[1]] - point[t[0]], point[t[2]] - point[t[0]]);
        area[f] = std::sqrt(dot(n, n));
        normal[f] = area[f] > 0 ? (1 / area[f]) * n : Vec{0, 0, 0};
    }
    float least = float(least_cosine);
    for (int64_t step = 0; step < normal_steps; ++step) {
        for (int64_t f = 0; f < face_count; ++f) {
            Vec sum = area[f] * (1 - least) * (1 - least) * normal[f];
            for (int k = 0; k < 3; ++k) {
                int32_t g = neighbours[3 * f + k];
                if (g < 0) continue;
                float alike = dot(normal[f], normal[g]) - least;
                if (alike > 0) sum = sum + area[g] * alike * alike * normal[g];
            }
            float length = std::sqrt(dot(sum, sum));
            fresh[f] = length > 0 ? (1 / length) * sum : normal[f];
        }
        normal.swap(fresh);
    }
    std::vector<Vec> move(vertex_count);
    std::vector<int32_t> count(vertex_count);
    for (int64_t i = 0; i < 3 * face_count; ++i) ++count[faces[i]];
    for (int64_t step = 0; step < vertex_steps; ++step) {
        std::fill(move.begin(), move.end(), Vec{0, 0, 0});
        for (int64_t f = 0; f < face_count; ++f) {
            const int32_t* t = faces + 3 * f;
            Vec centre = (1 / 3.0f) * (point[t[0]] + point[t[1]] + point[t[2]]);
            for (int k = 0; k < 3; ++k)
                move[t[k]] = move[t[k]] + dot(normal[f], centre - point[t[k]]) * normal[f];
        }
        for (int64_t v = 0; v < vertex_count; ++v)
            if (count[v]) point[v] = point[v] + (1 / float(count[v])) * move[v];
    }
    return 0;
} MAQUETTE_END
