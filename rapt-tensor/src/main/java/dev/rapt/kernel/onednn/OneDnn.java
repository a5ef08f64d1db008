package dev.rapt.kernel.onednn;

import org.jspecify.annotations.Nullable;

/**
 * The oneDNN library: whether it is available, its version and its instruction set. It is located
 * and loaded on first use.
 */
public final class OneDnn {
  /** Primitives that the library caches for all threads; its default is 1024. */
  private static final int PRIMITIVE_CACHE_CAPACITY = 4096;

  private OneDnn() {}

  private static final class Loaded {
    static final @Nullable OneDnnNatives NATIVES;
    static final @Nullable String MISSING;

    static {
      OneDnnNatives natives = null;
      String missing = null;
      try {
        natives = OneDnnNatives.load();
      } catch (OneDnnNatives.UnavailableException e) {
        missing = "oneDNN: " + e.getMessage();
      }
      NATIVES = natives;
      MISSING = missing;
    }
  }

  private static final class Engine {
    static final long POINTER;

    static {
      Dnnl.setPrimitiveCacheCapacity(PRIMITIVE_CACHE_CAPACITY);
      POINTER = Dnnl.createEngine();
    }
  }

  /** Whether the library is loaded and can be called. */
  public static boolean isAvailable() {
    return Loaded.NATIVES != null;
  }

  /** Why the library is not available and what to do about it; null when it is. */
  public static @Nullable String missing() {
    return Loaded.MISSING;
  }

  /**
   * Release of the library, for example {@code 3.13.0}.
   *
   * @throws IllegalStateException if the library is not available
   */
  public static String version() {
    natives();
    return Dnnl.version();
  }

  /**
   * The instructions that the library uses on this processor, for example {@code avx2}.
   *
   * @throws IllegalStateException if the library is not available
   */
  public static String instructions() {
    natives();
    int isa = Dnnl.effectiveIsa(); // dnnl_cpu_isa_t of dnnl_types.h
    return switch (isa) {
      case 0x1 -> "sse4.1";
      case 0x3 -> "avx";
      case 0x7 -> "avx2";
      case 0xf -> "avx2_vnni";
      case 0x1f -> "avx2_vnni_2";
      case 0x27 -> "avx512_core";
      case 0x67 -> "avx512_core_vnni";
      case 0xe7 -> "avx512_core_bf16";
      case 0x1ef -> "avx512_core_fp16";
      case 0xfef -> "avx512_core_amx";
      case 0x1fef -> "avx512_core_amx_fp16";
      case 0x201ff -> "avx10_2_512";
      case 0x22fff -> "avx10_2_512_amx_2";
      default ->
          OneDnnNatives.platform().endsWith("arm64") ? "arm64" : "0x" + Integer.toHexString(isa);
    };
  }

  /**
   * Folder that the library was loaded from.
   *
   * @throws IllegalStateException if the library is not available
   */
  public static java.nio.file.Path folder() {
    return natives().folder();
  }

  static OneDnnNatives natives() {
    OneDnnNatives natives = Loaded.NATIVES;
    if (natives == null) {
      throw new IllegalStateException(Loaded.MISSING);
    }
    return natives;
  }

  /** The one CPU engine. */
  static long engine() {
    return Engine.POINTER;
  }
}
