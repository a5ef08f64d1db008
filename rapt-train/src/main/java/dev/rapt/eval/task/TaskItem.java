package dev.rapt.eval.task;

import dev.rapt.train.example.Example;
import java.util.List;

/**
 * An example of a task, ready to be asked.
 *
 * @param doc the example
 * @param contexts the prompt; or, if the choices are questions, a prompt for each of them
 * @param choices what is chosen from; empty for other tasks
 * @param answer the right answers
 * @param continuations what is scored after the contexts: one for each choice, or the target
 */
record TaskItem(
    Example doc,
    List<String> contexts,
    List<String> choices,
    Answer answer,
    List<String> continuations) {
  /** Returns the context of a continuation. */
  String contextOf(int continuation) {
    return contexts.size() == 1 ? contexts.getFirst() : contexts.get(continuation);
  }
}
