// SPDX-License-Identifier: Apache-2.0
// jemalloc in place of the C library's malloc, because librdkafka allocates each message in one thread and frees it in
// another: with glibc 2.36 that cost a third of the rate and three times the memory. Left out of sanitizer builds,
// which bring allocators of their own.
//
// Few arenas and a short decay keep what is freed from staying ours; no background thread, since a process with one has
// one more thread that every signal mask and every fork has to think of.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:2,dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:false";
}
