// What every kernel shares: the exported C symbol, and a loop over independent pieces of work.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#if defined(_WIN32)
#define MAQUETTE_EXPORT extern "C" __declspec(dllexport)
#else
#define MAQUETTE_EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace maquette {

constexpr int64_t kMostThreads = 256;  // each has scratch memory of its own

// How many threads a kernel may use: OMP_NUM_THREADS, as for torch and numpy, or as many as there are cores.
inline int64_t thread_limit() {
    static const int64_t limit = [] {
        const char* asked = std::getenv("OMP_NUM_THREADS");
        int64_t count = asked ? std::atoll(asked) : 0;
        if (count <= 0) count = std::max(1u, std::thread::hardware_concurrency());
        return std::min(count, kMostThreads);
    }();
    return limit;
}

// Runs body(i, worker) for i in [0, count) on several threads, numbered from 0, which tells scratch memory apart;
// body must not throw. The split never changes a result: pieces write to disjoint memory.
template <class Body>
void parallel_for_workers(int64_t count, Body body) {
    int64_t threads = std::min(count, thread_limit());
    if (threads <= 1) {
        for (int64_t i = 0; i < count; ++i) body(i, int64_t(0));
        return;
    }
    std::atomic<int64_t> next{0};
    auto work = [&](int64_t worker) {
        for (int64_t i; (i = next.fetch_add(1)) < count;) body(i, worker);
    };
    std::vector<std::thread> pool;
    try {
        for (int64_t t = 1; t < threads; ++t) pool.emplace_back(work, t);
    } catch (const std::system_error&) {  // no more may be had: those that there are do it all
    }
    work(0);
    for (auto& thread : pool) thread.join();
}

// Runs body(i) for i in [0, count) on several threads.
template <class Body>
void parallel_for(int64_t count, Body body) {
    parallel_for_workers(count, [&](int64_t i, int64_t) { body(i); });
}

}  // namespace maquette
