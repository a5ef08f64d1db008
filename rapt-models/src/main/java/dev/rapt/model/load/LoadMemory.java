package dev.rapt.model.load;

import dev.rapt.machine.MachineMemory;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.Quantization;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares what the weights of a stored model take with the memory of the machine, before they are
 * read. Copies that cannot fit are an error; a mapped file that is larger runs, but slowly.
 *
 * @param path folder or file of the model
 * @param numWeights number of weights
 * @param mapped bytes that stay in the mapped file
 * @param copied bytes of copies in memory
 */
record LoadMemory(Path path, long numWeights, long mapped, long copied) {
  private static final Logger LOG = LoggerFactory.getLogger(LoadMemory.class);

  /** Share of memory that weights should take at most: the rest is for the KV cache and others. */
  private static final double SHARE = 0.8;

  /**
   * A type to quantise to, with its bits per weight.
   *
   * @param bits of a whole block, divided by its values
   */
  private record Candidate(String type, double bits) {}

  private static final List<Candidate> CANDIDATES =
      List.of(
          new Candidate("bf16", 16),
          new Candidate("q8_0", 8.5),
          new Candidate("q6_k", 6.5625),
          new Candidate("q4_0", 4.5),
          new Candidate("q2_k", 2.625));

  /**
   * Checks the copies that are made while a model is loaded: those of weights that will be trained,
   * and of quantised ones that are rearranged.
   *
   * @param fileElements number of elements of all tensors of the file, used or not
   * @param fileBytes their size
   * @param numWeights counts the weights of the model; asked only if the file might not fit
   * @throws IllegalArgumentException if they cannot fit
   */
  static void requireCopies(
      StoredModel stored,
      boolean trained,
      long fileElements,
      long fileBytes,
      LongSupplier numWeights) {
    if (trained) {
      if (!MachineMemory.holds(Float.BYTES * fileElements)) {
        requireTrainable(stored.path(), numWeights.getAsLong());
      }
      return;
    }
    if (!MachineMemory.holds(fileBytes) && !Quantization.parse(stored.config()).staysMapped()) {
      new LoadMemory(stored.path(), numWeights.getAsLong(), 0, fileBytes).check();
    }
  }

  private static void requireTrainable(Path path, long numWeights) {
    long bytes = Float.BYTES * numWeights;
    if (!MachineMemory.holds(bytes)) {
      throw new IllegalArgumentException(
          "%s: must fit into memory to be trained, got %.1f billion weights, which need %s in f32, and the machine has %s; train an adapter, which leaves them in the file, with --lora 16, or choose a smaller model"
              .formatted(
                  path,
                  numWeights / 1e9,
                  MachineMemory.gib((double) bytes),
                  MachineMemory.gib((double) MachineMemory.bytes())));
    }
  }

  /** Returns what a model takes that is loaded for inference and has not run yet. */
  static LoadMemory of(Path path, Parameters parameters) {
    long mapped = 0;
    long copied = 0;
    for (Parameter parameter : parameters) {
      PackedWeight packed = parameter.packed();
      if (packed == null) {
        long bytes = parameter.stored().memory().byteSize();
        mapped += parameter.stored().isMapped() ? bytes : 0;
        copied += parameter.stored().isMapped() ? 0 : bytes;
      } else if (packed.staysPacked()) {
        mapped += packed.byteSize();
      } else {
        copied += parameter.shape().numElements() * packed.exactType().byteSize();
      }
    }
    return new LoadMemory(path, parameters.numWeights(), mapped, copied);
  }

  /**
   * Warns if the mapped file does not fit into memory.
   *
   * @throws IllegalArgumentException if the copies do not fit
   */
  void check() {
    if (!MachineMemory.holds(copied)) {
      throw new IllegalArgumentException(
          "%s: must fit into memory, got %.1f billion weights, which take %s once they are unpacked, and the machine has %s; %s"
              .formatted(
                  path,
                  numWeights / 1e9,
                  MachineMemory.gib((double) copied),
                  MachineMemory.gib((double) MachineMemory.bytes()),
                  nextStep(MachineMemory.bytes())));
    }
    if (!MachineMemory.holds(mapped + copied)) {
      LOG.warn(
          "{}: its weights take {}, and the machine has {} of memory: a part is read from the disk in each pass, which is slow; {}",
          path,
          MachineMemory.gib((double) (mapped + copied)),
          MachineMemory.gib((double) MachineMemory.bytes()),
          nextStep(MachineMemory.bytes()));
    }
  }

  /** Returns what makes a file of these weights that fits. */
  String nextStep(long memory) {
    for (Candidate candidate : CANDIDATES) {
      double bytes = numWeights * candidate.bits / Byte.SIZE;
      if (bytes < mapped + copied && bytes <= SHARE * memory) {
        return String.format(
            Locale.ROOT,
            "in %s they take %s: rapt quantize MODEL OUT.gguf --type %s",
            candidate.type,
            MachineMemory.gib(bytes),
            candidate.type);
      }
    }
    return "choose a smaller model";
  }
}
