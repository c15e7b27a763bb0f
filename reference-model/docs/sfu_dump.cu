// Dumps a GPU's special-function results: the input of org.bitref.functions.TableFit, and the checksums
// of all 2^32 inputs. Build: nvcc -O3 -arch=native sfu_dump.cu; run it in an empty directory.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#define FUNCTIONS(X) X(ex2, 1) X(rcp, 1) X(rsqrt, 2) X(lg2, 1) X(sqrt, 2)

#define DEFINE(name, binades)                                                          \
  struct F_##name {                                                                    \
    static __device__ uint32_t of(uint32_t bits) {                                     \
      float y;                                                                         \
      asm volatile(#name ".approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(__uint_as_float(bits))); \
      return __float_as_uint(y);                                                       \
    }                                                                                  \
  };
FUNCTIONS(DEFINE)

template <class F>
__global__ void results(uint32_t *out) {
  uint32_t i = blockIdx.x * blockDim.x + threadIdx.x;
  out[i] = F::of(0x3f800000u + i);
}

template <class F>
__global__ void sums(unsigned long long *out) {
  unsigned long long sum = 0;
  for (uint32_t m = threadIdx.x; m < 1u << 23; m += blockDim.x)
    sum += (unsigned long long)F::of(blockIdx.x << 23 | m) * (2ull * m + 1);
  atomicAdd(out + blockIdx.x, sum);
}

static void write(const char *name, const char *suffix, const void *device, size_t bytes) {
  char path[64];
  snprintf(path, sizeof path, "%s.%s", name, suffix);
  void *host = malloc(bytes);
  FILE *file = fopen(path, "wb");
  if (!host || !file || cudaMemcpy(host, device, bytes, cudaMemcpyDeviceToHost) != cudaSuccess ||
      fwrite(host, 1, bytes, file) != bytes || fclose(file) != 0) {
    fprintf(stderr, "%s: failed (%s)\n", path, cudaGetErrorString(cudaGetLastError()));
    exit(1);
  }
  free(host);
}

int main() {
  void *buffer;
  if (cudaMalloc(&buffer, 4u << 24) != cudaSuccess) return 1;
#define DUMP(name, binades)                                         \
  results<F_##name><<<binades << 15, 256>>>((uint32_t *)buffer);    \
  write(#name, "bin", buffer, (size_t)binades << 25);               \
  cudaMemset(buffer, 0, 4096);                                      \
  sums<F_##name><<<512, 512>>>((unsigned long long *)buffer);       \
  write(#name, "sums", buffer, 4096);
  FUNCTIONS(DUMP)
}
