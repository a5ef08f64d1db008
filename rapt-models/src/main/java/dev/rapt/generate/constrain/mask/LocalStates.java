package dev.rapt.generate.constrain.mask;

import dev.rapt.generate.constrain.automaton.Configurations;
import dev.rapt.generate.constrain.automaton.Machine;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The configurations that the bytes of single tokens lead to, above a stack that is not known, as a
 * deterministic automaton that grows where it is walked. Thread-safe.
 */
final class LocalStates {
  /** One set of configurations and what follows it for each byte, once it is known. */
  static final class LocalState {
    final Configurations configurations;

    /** Whether the unknown stack may act next. */
    final boolean returns;

    final boolean isDead;
    private final @Nullable LocalState[] next = new @Nullable LocalState[256];

    private LocalState(Configurations configurations) {
      this.configurations = configurations;
      returns = configurations.hasEmpty();
      isDead = configurations.isNone();
    }
  }

  private final Machine machine;
  private final ConcurrentHashMap<Configurations, LocalState> states = new ConcurrentHashMap<>();

  LocalStates(Machine machine) {
    this.machine = machine;
  }

  /** The state of these configurations. */
  LocalState of(Configurations configurations) {
    return states.computeIfAbsent(configurations, LocalState::new);
  }

  /** The state after a byte. */
  LocalState next(LocalState from, int value) {
    LocalState next = from.next[value];
    if (next == null) {
      next = of(machine.step(from.configurations, value));
      from.next[value] = next;
    }
    return next;
  }

  /** Number of states. */
  int size() {
    return states.size();
  }
}
