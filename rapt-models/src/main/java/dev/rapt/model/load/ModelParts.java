package dev.rapt.model.load;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.checkpoint.Weights;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.nn.OutlineSource;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.RandomSource;
import dev.rapt.tensor.Scope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A model without its head, with what its head is built from.
 *
 * @param scope scope that owns the parameters
 * @param checkpoint checkpoint with the mapped weights; null for a model created from scratch
 * @param json configuration file; null for a model created from scratch
 * @param textPart the text part of a multimodal model; null for text-only models
 * @param prefix name of the body in models with a head, {@code bert}; empty if there is none, or if
 *     the model is a part of a larger one
 * @param source source of the head's parameters
 * @param bodySource source of the parameters of the model without its head
 * @param body the model without its head
 * @param bodyParameters its parameters
 */
public record ModelParts<C extends ModelConfig, B>(
    Scope scope,
    @Nullable Checkpoint checkpoint,
    @Nullable ConfigReader json,
    @Nullable TextPart textPart,
    String prefix,
    C config,
    Parameters parameters,
    ParameterSource source,
    ParameterSource bodySource,
    B body,
    List<Parameter> bodyParameters)
    implements AutoCloseable {

  /**
   * Names of tensors in published checkpoints that are not needed: buffers such as masks, positions
   * and RoPE frequencies, and constant weights.
   */
  private static final List<Pattern> IGNORABLE =
      List.of(
          Pattern.compile("(.*\\.)?(attn|attention)\\.((masked_)?bias|causal_mask)"),
          Pattern.compile("(.*\\.)?(\\w*_)?inv_freq"),
          Pattern.compile("(.*\\.)?(en|de)coder\\.embed_positions\\.weights?"),
          Pattern.compile("(.*\\.)?(position_ids|embeddings\\.token_type_ids)"));

  /** Creates a model with parameters initialised at random by this seed. */
  public static <C extends ModelConfig, B> ModelParts<C, B> create(
      FamilyTable<? super C, B> families, C config, long seed) {
    return create(families, config, null, parameters -> new RandomSource(parameters, seed));
  }

  /** Creates a model whose parameters have names and shapes but no values. */
  public static <C extends ModelConfig, B> ModelParts<C, B> outline(
      FamilyTable<? super C, B> families, C config) {
    return create(families, config, null, OutlineSource::new);
  }

  /**
   * Creates a model that is a part of a larger one.
   *
   * @param sourceOf the source of its parameters, given the set to which it adds them
   */
  public static <C extends ModelConfig, B> ModelParts<C, B> createPart(
      FamilyTable<? super C, B> families,
      C config,
      Function<Parameters, ParameterSource> sourceOf) {
    return create(families, config, null, sourceOf).asPart();
  }

  /** Returns a copy whose parameters keep their names, which begin with the path of the part. */
  private ModelParts<C, B> asPart() {
    return new ModelParts<>(
        scope,
        checkpoint,
        json,
        textPart,
        "",
        config,
        parameters,
        source,
        bodySource,
        body,
        bodyParameters);
  }

  private static <C extends ModelConfig, B> ModelParts<C, B> create(
      FamilyTable<? super C, B> families,
      C config,
      @Nullable ConfigReader json,
      Function<Parameters, ParameterSource> sourceOf) {
    Family<?, B> family = families.of(config);
    Scope scope = Scope.open();
    Parameters parameters = new Parameters(scope);
    ParameterSource source = sourceOf.apply(parameters);
    ParameterSource bodySource = family.prefix().isEmpty() ? source : source.at(family.prefix());
    B body = Family.build(family, config, bodySource);
    return new ModelParts<>(
        scope,
        null,
        json,
        null,
        family.prefix(),
        config,
        parameters,
        source,
        bodySource,
        body,
        parameters.all());
  }

  /**
   * Loads a model from the weights of a folder and a configuration file, or from a GGUF file.
   *
   * @param kind kind of the head
   * @param loading how the weights are used
   * @param head builds the head; runs before the check for unused weights
   */
  public static <C extends ModelConfig, B, M> M load(
      FamilyTable<C, B> families,
      HeadKind kind,
      Path folder,
      Path configFile,
      Loading loading,
      Function<ModelParts<C, B>, M> head) {
    return load(families, kind, StoredModel.of(folder, configFile), loading, head);
  }

  /**
   * Loads a model.
   *
   * @param kind kind of the head
   * @param loading how the weights are used
   * @param head builds the head; runs before the check for unused weights
   */
  public static <C extends ModelConfig, B, M> M load(
      FamilyTable<C, B> families,
      HeadKind kind,
      StoredModel stored,
      Loading loading,
      Function<ModelParts<C, B>, M> head) {
    ConfigReader json = stored.config();
    boolean headIsKept = HeadKind.of(json).filter(kind::equals).isPresent();
    if (loading.start() == Loading.Start.STORED) {
      kind.requireNotConfused(json);
    }
    TextPart textPart = TextPart.of(json).orElse(null);
    ConfigReader described = textPart == null ? json : textPart.text();
    Family<? extends C, B> family = ModelTypes.family(families, described);
    C config = family.parse().apply(described);
    if (loading.start() == Loading.Start.FRESH) {
      return head.apply(
          create(
              families, config, json, parameters -> new RandomSource(parameters, loading.seed())));
    }
    StoredModel.StoredWeights mapped = stored.weights();
    Checkpoint checkpoint = mapped.checkpoint();
    PackedWeights packed = mapped.packed();
    requireMemory(families, config, stored, checkpoint, loading);
    Scope scope = Scope.open();
    AtomicBoolean headIsMissing = new AtomicBoolean();
    try {
      return Weights.load(
          checkpoint,
          ignorable(config, textPart),
          weights -> {
            Parameters parameters = new Parameters(scope);
            Weights top = textPart == null ? weights : textPart.root(weights);
            String tiedHead =
                tiedHead(config, name -> top.at(name).has("weight"))
                    .map(name -> top.at(name).fullName("weight"))
                    .orElse(null);
            boolean trained = loading.trained();
            CheckpointSource root =
                new CheckpointSource(parameters, top, packed, trained, tiedHead);
            Weights base =
                textPart == null
                    ? weights.atIfPresent(family.prefix())
                    : textPart.base(weights, family.prefix());
            CheckpointSource baseSource =
                new CheckpointSource(parameters, base, packed, trained, tiedHead);
            B body = Family.build(family, config, baseSource);
            List<Parameter> ofBody = parameters.all();
            boolean bodyFits = weights.fits();
            M model =
                head.apply(
                    new ModelParts<>(
                        scope,
                        checkpoint,
                        json,
                        textPart,
                        textPart == null ? family.prefix() : "",
                        config,
                        parameters,
                        loading.newHead() ? newHead(loading, top, root, headIsKept) : root,
                        loading.newHead() ? newHead(loading, base, baseSource, true) : baseSource,
                        body,
                        ofBody));
            headIsMissing.set(bodyFits && !weights.fits());
            if (!loading.trained()) {
              LoadMemory.of(stored.path(), parameters).check();
            }
            return model;
          });
    } catch (CheckpointException e) {
      boolean hasAnother = HeadKind.likely(json).filter(found -> found != kind).isPresent();
      throw closeAfter(
          headIsMissing.get() && hasAnother ? kind.mismatch(json) : e, scope, checkpoint);
    } catch (RuntimeException e) {
      throw closeAfter(e, scope, checkpoint);
    }
  }

  private static <C extends ModelConfig, B> void requireMemory(
      FamilyTable<C, B> families,
      C config,
      StoredModel stored,
      Checkpoint checkpoint,
      Loading loading) {
    try {
      LoadMemory.requireCopies(
          stored,
          loading.trained(),
          checkpoint.names().stream().mapToLong(name -> checkpoint.shape(name).numElements()).sum(),
          checkpoint.weightBytes(),
          () -> {
            try (ModelParts<C, B> outline = outline(families, config)) {
              return outline.parameters.numWeights();
            }
          });
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /**
   * Returns the source of a new head.
   *
   * @param isKept whether layers of the checkpoint are taken where they fit
   */
  private static ParameterSource newHead(
      Loading loading, Weights weights, CheckpointSource stored, boolean isKept) {
    String path = weights.fullName("");
    ParameterSource random = new RandomSource(stored.parameters(), loading.seed());
    ParameterSource fresh =
        path.isEmpty() ? random : random.at(path.substring(0, path.length() - 1));
    return isKept ? new NewHeadSource(stored, fresh) : fresh;
  }

  /** Returns the name of a language-model head whose weight is tied to the token embedding. */
  private static Optional<String> tiedHead(ModelConfig config, Predicate<String> isIn) {
    return switch (config) {
      case CausalConfig causal when causal.tiedHead() -> Optional.of(causal.head().nameIn(isIn));
      case Seq2SeqConfig seq2seq when seq2seq.tiedHead(false) -> Optional.of(seq2seq.head().name());
      case EncoderConfig encoder when encoder.sizes().tiedHead() ->
          Optional.ofNullable(encoder.vocabularyHead().projection());
      default -> Optional.empty();
    };
  }

  private static List<Pattern> ignorable(ModelConfig config, @Nullable TextPart textPart) {
    List<Pattern> names = new ArrayList<>(IGNORABLE);
    names.addAll(config.unusedTensors());
    if (textPart != null) {
      names.add(textPart.others());
    }
    return names;
  }

  private static RuntimeException closeAfter(
      RuntimeException e, Scope scope, Checkpoint checkpoint) {
    scope.close();
    checkpoint.close();
    return e;
  }

  /**
   * Returns how parameters are named in the model's class of Hugging Face transformers. Those of
   * the body begin with its name if the class has a head. Checkpoints come with and without it.
   *
   * @param hasHead whether the class has a head
   */
  public UnaryOperator<String> classNames(boolean hasHead) {
    Set<String> ofBody = new HashSet<>();
    bodyParameters.forEach(parameter -> ofBody.add(parameter.name()));
    String start = prefix + ".";
    return name -> {
      boolean isStarted = name.startsWith(start);
      String rest = isStarted ? name.substring(start.length()) : name;
      boolean isOfBody = ofBody.contains(name) || isOfPooler(rest);
      if (prefix.isEmpty() || !isOfBody || isStarted == hasHead) {
        return name;
      }
      return hasHead ? start + name : rest;
    };
  }

  /**
   * Returns whether this parameter is of a layer of the head that the reference has in the body.
   */
  private boolean isOfPooler(String name) {
    return config instanceof EncoderConfig encoder
        && Stream.of(encoder.pooler(), encoder.sequenceTransform())
            .anyMatch(transform ->
                transform != null
                    && transform.inBody()
                    && name.startsWith(transform.dense() + "."));
  }

  /** Returns whether the checkpoint has the layer of a transform; true without a checkpoint. */
  public boolean hasTransform(HeadTransform transform) {
    ParameterSource at = transform.inBody() ? bodySource : source;
    return at.at(transform.dense()).has("weight");
  }

  /** Checks that ids hold no image, video or audio tokens. */
  public void requireText(int[] ids) {
    if (textPart != null) {
      textPart.requireText(ids);
    }
  }

  /**
   * Checks that the model has positions for this many tokens of a row.
   *
   * @throws IllegalArgumentException if it does not
   */
  public void requirePositions(int numPositions) {
    if (config.endsAtMaxPositions() && numPositions > config.maxPositions()) {
      throw new IllegalArgumentException(
          "input: must have at most %d tokens, got %d; shorten it"
              .formatted(config.maxPositions(), numPositions));
    }
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    scope.close();
    if (checkpoint != null) {
      checkpoint.close();
    }
  }
}
