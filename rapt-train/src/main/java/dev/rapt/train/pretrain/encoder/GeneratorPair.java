package dev.rapt.train.pretrain.encoder;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.ReplacedTokenDetection;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSum;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.DType;
import dev.rapt.train.TrainedModel;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.optim.LearningRates;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A generator and a discriminator that are trained together. A checkpoint holds the discriminator
 * at the top and the generator in a folder of its own, both as Hugging Face folders:
 *
 * <pre>
 * config.json model.safetensors
 * generator/config.json generator/model.safetensors
 * generator/embedding_delta.safetensors   what the discriminator adds to the embeddings, with
 *                                         gradient-disentangled sharing
 * </pre>
 *
 * @param sums tables of the discriminator that are those of the generator plus what was learnt
 */
record GeneratorPair(
    MaskedLm generator, ReplacedTokenDetection discriminator, List<ParameterSum> sums)
    implements AutoCloseable {
  private static final String GENERATOR = "generator";
  private static final String PREFIX = GENERATOR + ".";
  private static final String DELTA = "delta.";

  /** Creates both models, or reads them from a checkpoint. */
  static GeneratorPair open(
      PretrainSetup setup,
      EncoderConfig discriminatorConfig,
      EncoderConfig generatorConfig,
      EmbeddingSharing sharing) {
    Path checkpoint = setup.checkpoint();
    long seed = setup.spec().seed();
    ReplacedTokenDetection discriminator =
        checkpoint == null
            ? ReplacedTokenDetection.create(discriminatorConfig, seed)
            : ReplacedTokenDetection.load(checkpoint, checkpoint.resolve("config.json"), true);
    try {
      List<Parameter> tables = discriminator.embeddings();
      MaskedLm generator =
          MaskedLm.createPart(
              generatorConfig,
              seed,
              GENERATOR,
              sharing == EmbeddingSharing.ES ? tables : List.of());
      GeneratorPair pair = new GeneratorPair(generator, discriminator, new ArrayList<>());
      if (sharing == EmbeddingSharing.GDES) {
        for (int i = 0; i < tables.size(); i++) {
          Parameter table = tables.get(i);
          Parameter base = generator.embeddings().get(i);
          pair.sums.add(ParameterSum.of(table, base, DELTA + table.name(), discriminator.scope()));
        }
      }
      if (checkpoint != null) {
        pair.read(checkpoint);
      }
      return pair;
    } catch (RuntimeException e) {
      discriminator.close();
      throw e;
    }
  }

  private void read(Path checkpoint) {
    try {
      ofGenerator().forEach(file -> file.read(checkpoint));
    } catch (RuntimeException e) {
      generator.close();
      throw e;
    }
  }

  /** Returns what is trained: both models. */
  TrainedModel trained(PretrainSetup setup) {
    Parameters all = new Parameters(discriminator.scope());
    Parameters ofDiscriminator = ofDiscriminator();
    ofDiscriminator.forEach(all::add);
    generator.parameters().forEach(all::add);
    sums.forEach(sum -> all.add(sum.added()));
    Set<Parameter> matrices = new LinkedHashSet<>(discriminator.hiddenMatrices());
    matrices.addAll(generator.hiddenMatrices());
    List<WeightFile> files = new ArrayList<>();
    files.add(
        new WeightFile(Checkpoint.SINGLE_FILE, ofDiscriminator, discriminator::nameInClass, sums));
    files.addAll(ofGenerator());
    return new TrainedModel(
        discriminator.config(),
        discriminator.scope(),
        all,
        matrices,
        List.of(discriminator.parameters(), generator.parameters()),
        files,
        folder -> {
          ModelWriter.writeConfig(folder, discriminator, setup.tokenIds(), DType.F32);
          Path inside = folder.resolve(GENERATOR);
          Files.createDirectories(inside);
          ModelWriter.writeConfig(inside, generator, setup.tokenIds(), DType.F32);
          setup.tokenizer().save(inside);
        },
        LearningRates.EQUAL);
  }

  /** Returns the parameters of the discriminator that are no sums. */
  private Parameters ofDiscriminator() {
    List<Parameter> computed = sums.stream().map(ParameterSum::sum).toList();
    Parameters own = new Parameters(discriminator.scope());
    for (Parameter parameter : discriminator.parameters()) {
      if (!computed.contains(parameter)) {
        own.add(parameter);
      }
    }
    return own;
  }

  /** Returns the files in the folder of the generator. */
  private List<WeightFile> ofGenerator() {
    List<WeightFile> files = new ArrayList<>();
    files.add(
        new WeightFile(
            GENERATOR + "/" + Checkpoint.SINGLE_FILE,
            generator.parameters(),
            parameter -> withoutPrefix(parameter.name(), PREFIX)));
    if (!sums.isEmpty()) {
      Parameters deltas = new Parameters(discriminator.scope());
      sums.forEach(sum -> deltas.add(sum.added()));
      files.add(
          new WeightFile(
              GENERATOR + "/embedding_delta.safetensors",
              deltas,
              parameter -> withoutPrefix(parameter.name(), DELTA)));
    }
    return files;
  }

  private static String withoutPrefix(String name, String prefix) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : name;
  }

  @Override
  public void close() {
    generator.close();
    discriminator.close();
  }
}
