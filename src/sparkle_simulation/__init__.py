"""Living through an economy before people do: agents, by a seed, under the rules of production."""
