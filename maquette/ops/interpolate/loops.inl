// The loops over pixels in order, compiled for several instruction sets (isa.h).
#include "quad.inl"
#include "gradients.inl"

// target = b0 a0 + b1 a1 + b2 a2 at every pixel.
template <int kChannels>
void forward(const int32_t* face_ids, const float* barycentrics, const float* values, const int32_t* faces,
             float* out, int64_t pixels, int64_t face_count) {
    for (int64_t i = 0; i < pixels;) {
        const int64_t run = maquette::run_length(face_ids + i, pixels - i);
        if (uint32_t(face_ids[i]) >= uint64_t(face_count)) {
            std::fill(out + i * kChannels, out + (i + run) * kChannels, 0.0f);
            i += run;
            continue;
        }
        const Corners<kChannels> corners(values, faces + 3 * int64_t(face_ids[i]));
        for (int64_t done = 0; done < run; done += 4) {
            // Up to four pixels, of which those after the run are written again.
            const int64_t first = i + done, last = std::min(first + 4, pixels);
            for (int64_t j = first; j < last; ++j)
                corners.blend(barycentrics[2 * j], barycentrics[2 * j + 1], out + j * kChannels);
        }
        i += run;
    }
}

// The same, of any number of channels.
void forward_any(const int32_t* face_ids, const float* barycentrics, const float* values, const int32_t* faces,
                 float* out, int64_t pixels, int64_t face_count, int64_t count) {
    for (int64_t i = 0; i < pixels; ++i, out += count) {
        if (uint32_t(face_ids[i]) >= uint64_t(face_count)) {
            std::fill(out, out + count, 0.0f);
            continue;
        }
        const int32_t* f = faces + 3 * int64_t(face_ids[i]);
        const float *a0 = values + f[0] * count, *a1 = values + f[1] * count, *a2 = values + f[2] * count;
        const float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1], b0 = 1 - b1 - b2;
        for (int64_t c = 0; c < count; ++c) out[c] = b0 * a0[c] + b1 * a1[c] + b2 * a2[c];
    }
}

// Adds to `target` what the pixels say of the values, and sets their own weights' gradients.
template <int kChannels>
void backward(const int32_t* face_ids, const float* barycentrics, const float* values, const int32_t* faces,
              const float* grad, float* grad_barycentrics, float* target, int64_t pixels, int64_t face_count) {
    for (int64_t i = 0; i < pixels;) {
        const int32_t face = face_ids[i];
        int64_t run = maquette::run_length(face_ids + i, pixels - i);
        if (uint32_t(face) >= uint64_t(face_count)) {
            std::fill(grad_barycentrics + 2 * i, grad_barycentrics + 2 * (i + run), 0.0f);
            i += run;
            continue;
        }
        const int32_t* corners = faces + 3 * int64_t(face);
        ValueSums<kChannels> sums(values, corners);
        for (int64_t done = 0;;) {
            for (; done < run; done += 4) {
                QuadF b1, b2, g1, g2;
                load_pairs(barycentrics, i + done, pixels, b1, b2);
                sums.add(grad + (i + done) * kChannels, pixels - i - done, b1, b2, run - done, g1, g2);
                store_pairs(grad_barycentrics, i + done, pixels, g1, g2);
            }
            if (run % 8 || i + run == pixels || face_ids[i + run] != face) break;
            run += maquette::run_length(face_ids + i + run, pixels - i - run);
        }
        sums.scatter(target, corners);
        i += run;
    }
}

// The same, of any number of channels.
void backward_any(const int32_t* face_ids, const float* barycentrics, const float* values, const int32_t* faces,
                  const float* grad, float* grad_barycentrics, float* target, int64_t pixels, int64_t face_count,
                  int64_t count) {
    for (int64_t i = 0; i < pixels; ++i) {
        float d1 = 0, d2 = 0;
        if (uint32_t(face_ids[i]) < uint64_t(face_count)) {
            const int32_t* f = faces + 3 * int64_t(face_ids[i]);
            const int64_t at[3] = {f[0] * count, f[1] * count, f[2] * count};
            const float b1 = barycentrics[2 * i], b2 = barycentrics[2 * i + 1], b0 = 1 - b1 - b2;
            const float* g = grad + i * count;
            for (int64_t c = 0; c < count; ++c) {
                const float a0 = values[at[0] + c];
                d1 += g[c] * (values[at[1] + c] - a0);
                d2 += g[c] * (values[at[2] + c] - a0);
                target[at[0] + c] += b0 * g[c];
                target[at[1] + c] += b1 * g[c];
                target[at[2] + c] += b2 * g[c];
            }
        }
        grad_barycentrics[2 * i] = d1;
        grad_barycentrics[2 * i + 1] = d2;
    }
}
