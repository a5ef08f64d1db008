package dev.rapt.model;

import dev.rapt.model.config.ModelConfig;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.Scope;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A model of any family with its head: what training, writing and counting need of it. Owns its
 * parameters.
 */
public sealed interface Model extends AutoCloseable permits CausalLm, HeadedModel, Seq2SeqLm {
  /** Returns the configuration. */
  ModelConfig config();

  /** Returns the parameters; tied ones occur once. */
  Parameters parameters();

  /**
   * Returns the scope that owns the parameters; scopes for work with the model are its children.
   */
  Scope scope();

  /** Returns the embedding tables (tokens, positions, segments). */
  List<Parameter> embeddings();

  /** Returns the hidden matrices: all matrices but the embeddings and those of the head. */
  Set<Parameter> hiddenMatrices();

  /**
   * Returns the name of a parameter in the model's class of Hugging Face transformers. A checkpoint
   * may name it without the name of the body, {@code bert}.
   */
  String nameInClass(Parameter parameter);

  /** Returns the matrices among these parameters, without the ones to leave out. */
  static Set<Parameter> matrices(Iterable<Parameter> parameters, Collection<Parameter> leftOut) {
    Set<Parameter> matrices = new LinkedHashSet<>();
    for (Parameter parameter : parameters) {
      if (parameter.isMatrix() && !leftOut.contains(parameter)) {
        matrices.add(parameter);
      }
    }
    return matrices;
  }

  /** Frees the parameters; tensors computed with them stay readable until their scopes close. */
  @Override
  void close();
}
