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
intent "a" {
  from = [group.x]
}
