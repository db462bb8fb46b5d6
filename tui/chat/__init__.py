"""What happens when somebody presses Enter: turns, fan-out, votes, judge, prices."""
