/** Parts of model configurations that families share, and how config.json states them. */
package dev.rapt.model.config;
