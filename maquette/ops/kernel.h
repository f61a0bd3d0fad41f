// What every kernel shares: the exported C symbol, what becomes of an exception, and a loop over pieces of work.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#if defined(_WIN32)
#define MAQUETTE_EXPORT extern "C" __declspec(dllexport)
#else
#define MAQUETTE_EXPORT extern "C" __attribute__((visibility("default")))
#endif

// Ends every exported function, whose body is a try block: nothing may be thrown into the program that called.
#define MAQUETTE_END \
    catch (const std::bad_alloc&) { return maquette::kNoMemory; }

namespace maquette {

constexpr int64_t kNoMemory = INT64_MIN;  // _native.py makes a MemoryError of it

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

// Runs body(i, worker) for i in [0, count) on several threads, numbered from 0, which tells scratch memory apart.
// The split never changes a result: pieces write to disjoint memory. What a body throws is thrown again here, once
// all threads have ended.
template <class Body>
void parallel_for_workers(int64_t count, Body body) {
    int64_t threads = std::min(count, thread_limit());
    if (threads <= 1) {
        for (int64_t i = 0; i < count; ++i) body(i, int64_t(0));
        return;
    }
    std::atomic<int64_t> next{0};
    std::exception_ptr thrown;
    std::once_flag first;
    auto work = [&](int64_t worker) {
        try {
            for (int64_t i; (i = next.fetch_add(1)) < count;) body(i, worker);
        } catch (...) {
            next = count;  // the others need not go on
            std::call_once(first, [&] { thrown = std::current_exception(); });
        }
    };
    std::vector<std::thread> pool;
    pool.reserve(size_t(threads));
    try {
        for (int64_t t = 1; t < threads; ++t) pool.emplace_back(work, t);
    } catch (const std::system_error&) {  // no more may be had: those that there are do it all
    } catch (const std::bad_alloc&) {
    }
    work(0);
    for (auto& thread : pool) thread.join();
    if (thrown) std::rethrow_exception(thrown);
}

// Runs body(i) for i in [0, count) on several threads.
template <class Body>
void parallel_for(int64_t count, Body body) {
    parallel_for_workers(count, [&](int64_t i, int64_t) { body(i); });
}

}  // namespace maquette
