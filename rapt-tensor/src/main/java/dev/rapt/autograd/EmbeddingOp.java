package dev.rapt.autograd;

import dev.rapt.compute.KernelChoice;
import dev.rapt.kernel.ElementwiseKernel;
import dev.rapt.kernel.Workers;
import dev.rapt.kernel.Workspace;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** out[i, :] = table[ids[i], :]. */
record EmbeddingOp(Tensor table, Tensor ids) implements Op {
  private static final ElementwiseKernel KERNEL = KernelChoice.kernels().elementwise();

  /** Columns of the table that one task of the backward pass adds up: two cache lines of f32. */
  private static final long BACKWARD_COLS = 32;

  static Tensor apply(Tensor table, Tensor ids) {
    long V = table.dim(0);
    long D = table.dim(1);
    long[] idDims = ids.shape().toArray();
    long[] dims = Arrays.copyOf(idDims, idDims.length + 1);
    dims[idDims.length] = D;
    requireInRange(ids, V);
    Tensor out = Scope.innermost(table, ids).empty(table.dtype(), dims);
    long bytes = D * table.dtype().byteSize();
    Workers.shared()
        .forRange(
            ids.numElements(),
            Math.max(1, 16384 / Math.max(1, D)),
            (from, to) -> {
              for (long i = from; i < to; i++) {
                MemorySegment.copy(
                    table.memory(), ids.getInt(i) * bytes, out.memory(), i * bytes, bytes);
              }
            });
    return Tape.record(new EmbeddingOp(table, ids), out, table);
  }

  private static void requireInRange(Tensor ids, long size) {
    ids.requireType(DType.I32);
    for (long i = 0; i < ids.numElements(); i++) {
      int id = ids.getInt(i);
      if (id < 0 || id >= size) {
        throw new IllegalArgumentException(
            "embedding: ids must be in [0, %d), got %d at index %d".formatted(size, id, i));
      }
    }
  }

  /** Tasks own columns, so that rows met twice are added without locks and always in order. */
  @Override
  public void backward(Tensor dOut, Backward gradients) {
    Tensor dTable = gradients.zeroedSlot(table);
    long D = table.dim(1);
    int tasks = (int) ((D + BACKWARD_COLS - 1) / BACKWARD_COLS);
    Workers.shared()
        .run(
            tasks,
            task -> {
              long from = task * BACKWARD_COLS;
              long n = Math.min(BACKWARD_COLS, D - from);
              try (Workspace workspace = Workspace.enter()) {
                MemorySegment sum = workspace.take(n * Float.BYTES);
                MemorySegment addend = workspace.take(n * Float.BYTES);
                for (long i = 0; i < ids.numElements(); i++) {
                  addPart(dTable, ids.getInt(i) * D + from, dOut, i * D + from, n, sum, addend);
                }
              }
            });
  }

  private static void addPart(
      Tensor sums, long at, Tensor d, long from, long n, MemorySegment sum, MemorySegment addend) {
    MemorySegment target = slice(sums, at, n);
    MemorySegment source = slice(d, from, n);
    if (d.dtype() == DType.F32 && sums.dtype() == DType.F32) {
      KERNEL.add(target, target, source, n);
      return;
    }
    load(sum, target, sums.dtype(), n);
    load(addend, source, d.dtype(), n);
    KERNEL.add(sum, sum, addend, n);
    if (sums.dtype() == DType.F32) {
      target.copyFrom(sum);
    } else {
      KERNEL.convert(target, sums.dtype(), sum, DType.F32, n);
    }
  }

  private static void load(MemorySegment floats, MemorySegment x, DType dtype, long n) {
    if (dtype == DType.F32) {
      floats.copyFrom(x);
    } else {
      KERNEL.convert(floats, DType.F32, x, dtype, n);
    }
  }

  private static MemorySegment slice(Tensor x, long from, long n) {
    return x.memory().asSlice(from * x.dtype().byteSize(), n * x.dtype().byteSize());
  }
}
