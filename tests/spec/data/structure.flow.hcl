name = "x"
group = "y"
intnet "d" {
}
intent {
}
intent "a" "b" {
}
flowspec "x" {
}
intent "1a" {
}
group "g" {
  select = { vm = "x" }
  slect {
    vm = "y"
  }
  select "z" {
    vm = "y"
  }
}
group "h" {
  prefixes = ["10.0.0.0/8"]
  intent "inner" {
  }
}
group "h" {
  prefixes = ["10.0.0.0/8"]
}
