package dev.rapt.kernel.onednn;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.rapt.kernel.Matrix;
import dev.rapt.kernel.Scratch;
import dev.rapt.kernel.onednn.OneDnnMatmul.Following;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * State for running matrix products, used by one thread at a time: a stream, scratch memory, and a
 * cache of the primitives used last with their argument arrays, so a call only sets three to five
 * addresses and executes. oneDNN's own cache shares the generated code between contexts.
 */
final class MatmulContext implements AutoCloseable {
  private static final int CAPACITY = 1024;
  private static final int ARGUMENT_BYTES = 16; // dnnl_exec_arg_t: int, padding, pointer

  private final long stream = Dnnl.createStream(OneDnn.engine());
  private final Scratch scratch = new Scratch();
  private final Key probe = new Key();
  private final Map<Key, Product> products =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Product> eldest) {
          if (size() <= CAPACITY) {
            return false;
          }
          eldest.getValue().close();
          return true;
        }
      };

  /** As the methods of {@link dev.rapt.kernel.MatmulKernel}; sizes are positive. */
  void multiply(Matrix a, Matrix b, @Nullable MemorySegment bias, Matrix c, Following following) {
    // needed before creating, since blocking depends on it, and before executing; the setting is
    // per system thread, which can change between calls if the caller is a virtual thread
    Dnnl.setOpenMpThreads(1);
    probe.set(a, b, bias != null, c, following);
    Product product = products.get(probe);
    if (product == null) {
      Key key = new Key();
      key.set(a, b, bias != null, c, following);
      product = new Product(key);
      products.put(key, product);
    }
    try {
      Dnnl.setAddress(product.src, address(a));
      Dnnl.setAddress(product.weights, address(b));
      Dnnl.setAddress(product.dst, address(c));
      if (bias != null) {
        Dnnl.setAddress(product.bias, bias.address());
      }
      if (product.scratchBytes > 0) {
        Dnnl.setAddress(product.scratchpad, scratch.bytes(product.scratchBytes).address());
      }
      Dnnl.execute(product.primitive, stream, product.numArguments, product.arguments.address());
    } finally {
      Reference.reachabilityFence(a);
      Reference.reachabilityFence(b);
      Reference.reachabilityFence(bias);
      Reference.reachabilityFence(c);
    }
  }

  private static long address(Matrix m) {
    return m.memory().address() + m.offset() * m.dtype().byteSize();
  }

  /** Releases primitives and scratch memory; the stream lives as long as the engine. */
  @Override
  public void close() {
    products.values().forEach(Product::close);
    products.clear();
    scratch.close();
  }

  /**
   * Cache key of a primitive: everything it is specialised for. Mutable, so that a look-up
   * allocates nothing.
   */
  private static final class Key {
    private long m;
    private long n;
    private long k;
    private long aStride;
    private long bStride;
    private long cStride;
    private boolean aTransposed;
    private boolean bTransposed;
    private boolean hasBias;
    private Following following = Following.NOTHING;
    private int aType;
    private int bType;
    private int cType;

    void set(Matrix a, Matrix b, boolean hasBias, Matrix c, Following following) {
      m = a.rows();
      n = b.cols();
      k = a.cols();
      aTransposed = a.colStride() != 1;
      bTransposed = b.colStride() != 1;
      aStride = leadingDimension(a);
      bStride = leadingDimension(b);
      cStride = leadingDimension(c);
      this.hasBias = hasBias;
      this.following = following;
      aType = OneDnnMatmul.type(a.dtype());
      bType = OneDnnMatmul.type(b.dtype());
      cType = OneDnnMatmul.type(c.dtype());
    }

    /**
     * Returns the stride that is not 1; for a single stored row, where any is valid, its length.
     */
    private static long leadingDimension(Matrix m) {
      if (m.colStride() != 1) {
        return m.cols() == 1 ? m.rows() : m.colStride();
      }
      return m.rows() == 1 ? m.cols() : m.rowStride();
    }

    @Override
    public String toString() {
      return "(%d, %d) stride %d%s x (%d, %d) stride %d%s, types %d %d %d, %s"
          .formatted(
              m,
              k,
              aStride,
              aTransposed ? " transposed" : "",
              k,
              n,
              bStride,
              bTransposed ? " transposed" : "",
              aType,
              bType,
              cType,
              following);
    }

    @Override
    public int hashCode() {
      long h = m;
      h = h * 31 + n;
      h = h * 31 + k;
      h = h * 31 + aStride;
      h = h * 31 + bStride;
      h = h * 31 + cStride;
      h = h * 31 + aType;
      h = h * 31 + bType;
      h = h * 31 + cType;
      h = h * 2 + (aTransposed ? 1 : 0);
      h = h * 2 + (bTransposed ? 1 : 0);
      h = h * 2 + (hasBias ? 1 : 0);
      h = h * 31 + following.eltwise();
      h = h * 2 + (following.accumulate() ? 1 : 0);
      h *= 0x9e3779b97f4a7c15L;
      return (int) (h >>> 32);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && m == key.m
          && n == key.n
          && k == key.k
          && aStride == key.aStride
          && bStride == key.bStride
          && cStride == key.cStride
          && aTransposed == key.aTransposed
          && bTransposed == key.bTransposed
          && hasBias == key.hasBias
          && following.equals(key.following)
          && aType == key.aType
          && bType == key.bType
          && cType == key.cType;
    }
  }

  /** A primitive with its memory handles and argument array, all released by close. */
  private static final class Product implements AutoCloseable {
    private final Arena arena = Arena.ofShared(); // closed by the thread that holds the context
    final MemorySegment arguments = arena.allocate(5 * ARGUMENT_BYTES, 8);
    final int numArguments;
    final long primitive;
    final long src;
    final long weights;
    final long dst;
    final long bias;
    final long scratchpad;
    final long scratchBytes;

    Product(Key key) {
      long engine = OneDnn.engine();
      long srcShape = matrix(key.aType, key.m, key.k, key.aStride, key.aTransposed);
      long weightsShape = matrix(key.bType, key.k, key.n, key.bStride, key.bTransposed);
      long dstShape = matrix(key.cType, key.m, key.n, key.cStride, false);
      long biasShape = key.hasBias ? Dnnl.createMatrix(Dnnl.F32, 1, key.n, key.n, 1) : 0;
      long matmul =
          Dnnl.createMatmul(engine, srcShape, weightsShape, biasShape, dstShape, key.following);
      if (matmul == 0) {
        throw new IllegalStateException("oneDNN: no implementation of matmul " + key);
      }
      primitive = Dnnl.createPrimitive(matmul);
      long scratchShape = Dnnl.scratchpad(matmul);
      scratchBytes = scratchShape == 0 ? 0 : Dnnl.byteSize(scratchShape);
      int count = 0;
      src = argument(count++, Dnnl.ARG_SRC, srcShape);
      weights = argument(count++, Dnnl.ARG_WEIGHTS, weightsShape);
      dst = argument(count++, Dnnl.ARG_DST, dstShape);
      bias = key.hasBias ? argument(count++, Dnnl.ARG_BIAS, biasShape) : 0;
      scratchpad = scratchBytes > 0 ? argument(count++, Dnnl.ARG_SCRATCHPAD, scratchShape) : 0;
      numArguments = count;
      Dnnl.destroyMatmul(matmul);
      Dnnl.destroyMatrix(srcShape);
      Dnnl.destroyMatrix(weightsShape);
      Dnnl.destroyMatrix(dstShape);
      if (key.hasBias) {
        Dnnl.destroyMatrix(biasShape);
      }
    }

    private static long matrix(int type, long rows, long cols, long stride, boolean transposed) {
      return Dnnl.createMatrix(type, rows, cols, transposed ? 1 : stride, transposed ? stride : 1);
    }

    private long argument(int index, int name, long shape) {
      long memory = Dnnl.createMemory(shape, OneDnn.engine());
      arguments.set(JAVA_INT, (long) index * ARGUMENT_BYTES, name);
      arguments.set(JAVA_LONG, (long) index * ARGUMENT_BYTES + 8, memory);
      return memory;
    }

    @Override
    public void close() {
      Dnnl.destroyMemory(src);
      Dnnl.destroyMemory(weights);
      Dnnl.destroyMemory(dst);
      if (bias != 0) {
        Dnnl.destroyMemory(bias);
      }
      if (scratchpad != 0) {
        Dnnl.destroyMemory(scratchpad);
      }
      Dnnl.destroyPrimitive(primitive);
      arena.close();
    }
  }
}
