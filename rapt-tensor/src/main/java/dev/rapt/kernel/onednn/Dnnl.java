package dev.rapt.kernel.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.rapt.kernel.onednn.OneDnnMatmul.Following;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Bindings to the C functions of oneDNN 3 that Rapt calls, and their constants (dnnl.h,
 * dnnl_types.h, dnnl_common_types.h of release 3.13). Opaque pointers are {@code long}. This class
 * must be initialised only after the libraries are loaded.
 */
@SuppressWarnings("restricted") // the one place with downcalls
final class Dnnl {
  static final int F16 = 1;
  static final int BF16 = 2;
  static final int F32 = 3;

  static final int ARG_SRC = 1;
  static final int ARG_DST = 17;
  static final int ARG_WEIGHTS = 33;
  static final int ARG_BIAS = 41;
  static final int ARG_SCRATCHPAD = 80;

  /** No element-wise function; not a value of dnnl_alg_kind_t. */
  static final int NO_ELTWISE = 0;

  // values of dnnl_alg_kind_t; MatmulTest checks them against the scalar kernels
  static final int RELU = 0x20;
  static final int TANH = 0x21;
  static final int GELU_TANH = 0x2b;
  static final int SWISH = 0x2c;
  static final int GELU_ERF = 0x31;

  private static final int CPU = 1;
  private static final int IN_ORDER = 1;
  private static final int SCRATCHPAD_BY_USER = 1;
  private static final int QUERY_IMPL_INFO = 8;
  private static final int QUERY_SCRATCHPAD = 136;

  // functions called for every product take nanoseconds, so they skip the safepoint transition
  private static final Linker.Option SHORT = Linker.Option.critical(false);

  private static final MethodHandle VERSION = handle("dnnl_version", ADDRESS);
  private static final MethodHandle ISA = handle("dnnl_get_effective_cpu_isa", JAVA_INT);
  private static final MethodHandle CACHE_CAPACITY =
      handle("dnnl_set_primitive_cache_capacity", JAVA_INT, JAVA_INT);
  private static final MethodHandle ENGINE_CREATE =
      handle("dnnl_engine_create", JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG);
  private static final MethodHandle STREAM_CREATE =
      handle("dnnl_stream_create", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle MD_CREATE =
      handle(
          "dnnl_memory_desc_create_with_strides",
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          ADDRESS,
          JAVA_INT,
          ADDRESS);
  private static final MethodHandle MD_SIZE =
      handle("dnnl_memory_desc_get_size", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MD_DESTROY =
      handle("dnnl_memory_desc_destroy", JAVA_INT, JAVA_LONG);
  private static final MethodHandle ATTR_CREATE =
      handle("dnnl_primitive_attr_create", JAVA_INT, ADDRESS);
  private static final MethodHandle ATTR_SCRATCHPAD =
      handle("dnnl_primitive_attr_set_scratchpad_mode", JAVA_INT, JAVA_LONG, JAVA_INT);
  private static final MethodHandle ATTR_POST_OPS =
      handle("dnnl_primitive_attr_set_post_ops", JAVA_INT, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle ATTR_DESTROY =
      handle("dnnl_primitive_attr_destroy", JAVA_INT, JAVA_LONG);
  private static final MethodHandle POST_OPS_CREATE =
      handle("dnnl_post_ops_create", JAVA_INT, ADDRESS);
  private static final MethodHandle POST_OPS_SUM =
      handle("dnnl_post_ops_append_sum", JAVA_INT, JAVA_LONG, JAVA_FLOAT, JAVA_INT, JAVA_INT);
  private static final MethodHandle POST_OPS_ELTWISE =
      handle("dnnl_post_ops_append_eltwise", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle POST_OPS_DESTROY =
      handle("dnnl_post_ops_destroy", JAVA_INT, JAVA_LONG);
  private static final MethodHandle MATMUL_DESC =
      handle(
          "dnnl_matmul_primitive_desc_create",
          JAVA_INT,
          ADDRESS,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG,
          JAVA_LONG);
  private static final MethodHandle DESC_QUERY =
      handle("dnnl_primitive_desc_query", JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, ADDRESS);
  private static final MethodHandle DESC_QUERY_MD =
      handle("dnnl_primitive_desc_query_md", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle DESC_DESTROY =
      handle("dnnl_primitive_desc_destroy", JAVA_INT, JAVA_LONG);
  private static final MethodHandle PRIMITIVE_CREATE =
      handle("dnnl_primitive_create", JAVA_INT, ADDRESS, JAVA_LONG);
  private static final MethodHandle PRIMITIVE_DESTROY =
      handle("dnnl_primitive_destroy", JAVA_INT, JAVA_LONG);
  private static final MethodHandle MEMORY_CREATE =
      handle("dnnl_memory_create", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle MEMORY_DESTROY =
      handle("dnnl_memory_destroy", JAVA_INT, JAVA_LONG);
  private static final MethodHandle SET_HANDLE =
      shortHandle(
          "dnnl_memory_set_data_handle", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle EXECUTE =
      handle("dnnl_primitive_execute", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
  private static final MethodHandle OMP_SET_NUM_THREADS =
      shortHandle("omp_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));

  private Dnnl() {}

  private static MethodHandle handle(String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(
            OneDnn.natives().symbols().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  private static MethodHandle shortHandle(String name, FunctionDescriptor type) {
    return Linker.nativeLinker()
        .downcallHandle(OneDnn.natives().symbols().findOrThrow(name), type, SHORT);
  }

  /** Release of the loaded library, for example 3.13.0. */
  static String version() {
    try {
      MemorySegment version = ((MemorySegment) VERSION.invokeExact()).reinterpret(12);
      return version.getAtIndex(JAVA_INT, 0)
          + "."
          + version.getAtIndex(JAVA_INT, 1)
          + "."
          + version.getAtIndex(JAVA_INT, 2);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** A value of dnnl_cpu_isa_t. */
  static int effectiveIsa() {
    try {
      return (int) ISA.invokeExact();
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Sets how many primitives, shared by all threads, the library caches. */
  static void setPrimitiveCacheCapacity(int capacity) {
    try {
      check("dnnl_set_primitive_cache_capacity", (int) CACHE_CAPACITY.invokeExact(capacity));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static long createEngine() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check("dnnl_engine_create", (int) ENGINE_CREATE.invokeExact(out, CPU, 0L));
      return out.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static long createStream(long engine) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check("dnnl_stream_create", (int) STREAM_CREATE.invokeExact(out, engine, IN_ORDER));
      return out.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Creates a descriptor of a (rows, cols) matrix with these strides in elements. */
  static long createMatrix(int dtype, long rows, long cols, long rowStride, long colStride) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      MemorySegment dims = arena.allocateFrom(JAVA_LONG, rows, cols);
      MemorySegment strides = arena.allocateFrom(JAVA_LONG, rowStride, colStride);
      check(
          "dnnl_memory_desc_create_with_strides",
          (int) MD_CREATE.invokeExact(out, 2, dims, dtype, strides));
      return out.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void destroyMatrix(long descriptor) {
    try {
      check("dnnl_memory_desc_destroy", (int) MD_DESTROY.invokeExact(descriptor));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * Creates a descriptor of dst = src weights + bias with post-ops, whose scratchpad the caller
   * provides; 0 if the library has no implementation of it.
   *
   * @param bias descriptor, 0 for none
   */
  static long createMatmul(
      long engine, long src, long weights, long bias, long dst, Following following) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check("dnnl_primitive_attr_create", (int) ATTR_CREATE.invokeExact(out));
      long attributes = out.get(JAVA_LONG, 0);
      check(
          "dnnl_primitive_attr_set_scratchpad_mode",
          (int) ATTR_SCRATCHPAD.invokeExact(attributes, SCRATCHPAD_BY_USER));
      if (!following.equals(Following.NOTHING)) {
        long postOps = createPostOps(out, following);
        check(
            "dnnl_primitive_attr_set_post_ops",
            (int) ATTR_POST_OPS.invokeExact(attributes, postOps));
        check("dnnl_post_ops_destroy", (int) POST_OPS_DESTROY.invokeExact(postOps));
      }
      int status = (int) MATMUL_DESC.invokeExact(out, engine, src, weights, bias, dst, attributes);
      check("dnnl_primitive_attr_destroy", (int) ATTR_DESTROY.invokeExact(attributes));
      return status == 0 ? out.get(JAVA_LONG, 0) : 0;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static long createPostOps(MemorySegment out, Following following) throws Throwable {
    check("dnnl_post_ops_create", (int) POST_OPS_CREATE.invokeExact(out));
    long postOps = out.get(JAVA_LONG, 0);
    if (following.eltwise() != NO_ELTWISE) {
      check(
          "dnnl_post_ops_append_eltwise",
          (int) POST_OPS_ELTWISE.invokeExact(postOps, following.eltwise(), following.alpha(), 0f));
    }
    if (following.accumulate()) {
      // data type 0 is that of dst
      check("dnnl_post_ops_append_sum", (int) POST_OPS_SUM.invokeExact(postOps, 1f, 0, 0));
    }
    return postOps;
  }

  /**
   * Name of the implementation that a descriptor selects, for example {@code brg:avx512_core_amx}.
   */
  static String implementation(long matmul) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check(
          "dnnl_primitive_desc_query",
          (int) DESC_QUERY.invokeExact(matmul, QUERY_IMPL_INFO, 0, out));
      return out.get(ADDRESS, 0).reinterpret(256).getString(0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Descriptor of the scratchpad of a product; it is owned by the product. */
  static long scratchpad(long matmul) {
    try {
      return (long) DESC_QUERY_MD.invokeExact(matmul, QUERY_SCRATCHPAD, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static long byteSize(long descriptor) {
    try {
      return (long) MD_SIZE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void destroyMatmul(long matmul) {
    try {
      check("dnnl_primitive_desc_destroy", (int) DESC_DESTROY.invokeExact(matmul));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static long createPrimitive(long matmul) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check("dnnl_primitive_create", (int) PRIMITIVE_CREATE.invokeExact(out, matmul));
      return out.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void destroyPrimitive(long primitive) {
    try {
      check("dnnl_primitive_destroy", (int) PRIMITIVE_DESTROY.invokeExact(primitive));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Creates a handle of memory that the caller owns; {@link #setAddress} sets its address. */
  static long createMemory(long descriptor, long engine) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check("dnnl_memory_create", (int) MEMORY_CREATE.invokeExact(out, descriptor, engine, 0L));
      return out.get(JAVA_LONG, 0);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void destroyMemory(long memory) {
    try {
      check("dnnl_memory_destroy", (int) MEMORY_DESTROY.invokeExact(memory));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  static void setAddress(long memory, long address) {
    try {
      check("dnnl_memory_set_data_handle", (int) SET_HANDLE.invokeExact(memory, address));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Runs a primitive; arguments is an array of count dnnl_exec_arg_t. */
  static void execute(long primitive, long stream, int count, long arguments) {
    try {
      check(
          "dnnl_primitive_execute", (int) EXECUTE.invokeExact(primitive, stream, count, arguments));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Sets the number of threads of the OpenMP regions that the calling thread opens. */
  static void setOpenMpThreads(int threads) {
    try {
      OMP_SET_NUM_THREADS.invokeExact(threads);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static void check(String function, int status) {
    if (status != 0) {
      throw new IllegalStateException("oneDNN: " + function + " returned status " + status);
    }
  }

  private static RuntimeException failed(Throwable e) {
    if (e instanceof RuntimeException unchecked) {
      return unchecked;
    }
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("oneDNN: call failed", e);
  }
}
